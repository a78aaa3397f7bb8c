"""Actions under the two-person rule, called as pages and commands call them."""

from typing import Any
from uuid import uuid4

from tests.builders import make_key, make_sample
from tests.kit.fakes import NOON
from voices.actions.clone.submit import submit_clone
from voices.actions.consents.stating import draft_consent
from voices.models import Approval, CloneJob, Consent, Membership, Team


def turn_on(team: Team) -> None:
    """Turn the two-person rule on."""
    Team.objects.filter(pk=team.pk).update(two_person_rule=True)


def other_voice(team: Team) -> Consent:
    """A consent for somebody else's voice."""
    return draft_consent(team=team, basis="agreed", speaker="Ana Ruiz", relation="actor")


def clone(member: Membership, **facts: Any) -> CloneJob:
    """Clone somebody else's voice, unless another consent is given."""
    given: dict[str, Any] = {"name": "Marlene", "description": "", "language": "en", "form_token": uuid4()}
    given |= {"now": NOON, "consent": other_voice(member.team)}
    if "key" not in facts:
        given["key"] = make_key(member)
    if "sample" not in facts:
        given["sample"] = make_sample(member)
    return submit_clone(member=member, **given | facts)


def only_request() -> Approval:
    """The one request for approval that there is."""
    return Approval.objects.with_parts().get()
