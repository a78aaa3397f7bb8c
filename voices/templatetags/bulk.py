"""What the bar below the library needs to know of the person who looks at it."""

from dataclasses import dataclass

from django import template

from voices.access import Verb, may
from voices.models import Membership, Stage

register = template.Library()


@dataclass(frozen=True)
class Choices:
    """What may be done to chosen voices, and to which stages; tags are suggested with the filters' counts."""

    order: bool
    delete: bool
    stages: tuple[tuple[str, str], ...] = tuple((stage.value, str(stage.label)) for stage in Stage)


@register.simple_tag
def bulk_choices(member: Membership) -> Choices:
    """What the member may do; no query."""
    return Choices(may(member, Verb.ORGANISE), may(member, Verb.DELETE_VOICE))
