"""What the bar below the library needs to know of the person who looks at it."""

from dataclasses import dataclass

from django import template

from voices.access import Verb, may
from voices.models import Membership, Stage, Tag

register = template.Library()
MOST_TAGS = 200  # a suggestion list; any other tag is typed


@dataclass(frozen=True)
class Choices:
    """What may be done to chosen voices, and with which tags and stages."""

    order: bool
    delete: bool
    tags: tuple[str, ...]
    stages: tuple[tuple[str, str], ...] = tuple((stage.value, str(stage.label)) for stage in Stage)


@register.simple_tag
def bulk_choices(member: Membership) -> Choices:
    """What the member may do; one query for people who may tag."""
    order = may(member, Verb.KEEP_ORDER)
    names = Tag.objects.filter(team=member.team).values_list("name", flat=True)[:MOST_TAGS] if order else ()
    return Choices(order, may(member, Verb.DELETE_VOICE), tuple(names))
