"""The operations that the bulk bar below the library offers a person."""

from dataclasses import dataclass

from django import template

from voices.access import Verb, may
from voices.models import Membership, Stage

register = template.Library()


@dataclass(frozen=True)
class BulkOptions:
    """The operations a member may use, and the stages. Tags are suggested along with the filters' counts."""

    can_organise: bool
    can_delete: bool
    can_hold: bool
    can_clone: bool
    stages: tuple[tuple[str, str], ...] = tuple((stage.value, str(stage.label)) for stage in Stage)


@register.simple_tag
def bulk_options(member: Membership) -> BulkOptions:
    """Return the options of a member, without a query."""
    return BulkOptions(
        may(member, Verb.ORGANISE),
        may(member, Verb.DELETE_VOICE),
        may(member, Verb.HOLD_AUDITION),
        may(member, Verb.CLONE),
    )
