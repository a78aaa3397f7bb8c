"""Which names are taken in an Althea account, and the sentences that say so."""

from collections.abc import Collection
from uuid import UUID

from voices.models import UNDER_WAY, AltheaAccount, CloneJob, Membership, Voice, name_key


class NameInUseError(Exception):
    """The account has a voice, or a clone in progress, of this name. The message belongs beside the name field."""


def name_taken(account: AltheaAccount, name: str) -> str:
    """Return the sentence that says that the account has a voice of this name."""
    return f"You already have a voice called “{name}” in the account {account}. Choose another name."


def require_free_name(
    account: AltheaAccount, name: str, *, voice_id: str = "", job: UUID | None = None, note: str = ""
) -> None:
    """Raise NameInUseError if a voice we know or a clone job of the account has the name.

    The voice of that id at Althea, and that job, may keep their own name. `note` ends the message.
    """
    if Voice.objects.holding_name(account, name).exclude(voice_id=voice_id).exists():
        raise NameInUseError(name_taken(account, name) + note)
    others = CloneJob.objects.holding(account=account, name=name)
    other = (others.exclude(pk=job) if job else others).first()
    if other is None:
        return
    if other.is_under_way:
        message = (
            f"A clone called “{name}” is already in progress in the account {account}. Choose another name."
        )
    else:
        message = (
            f"An earlier clone called “{name}” may have reached Althea in the account {account}. "
            "Retry that clone, or choose another name."
        )
    raise NameInUseError(message + note)


def names_in_use(account: AltheaAccount, names: Collection[str] | None = None) -> set[str]:
    """Return the names that `require_free_name` would refuse in the account, of those given or of all; two queries."""
    voices = Voice.objects.available().custom().filter(account=account)
    jobs = CloneJob.objects.holding(account=account)
    if names is not None:
        voices, jobs = voices.filter(name__in=names), jobs.filter(name__in=names)
    return {*voices.values_list("name", flat=True), *jobs.values_list("name", flat=True)}


def similar_name(*, member: Membership, account: AltheaAccount | None, name: str, voice_id: str = "") -> str:
    """Return a name in use that differs from this one in case, width or accents only; "" if there is none.

    Only among what the member's team has in the account. The voice of that id at Althea may have any name.
    """
    key = name_key(name)
    voices = Voice.objects.of_team(member.team).available().custom().filter(account=account, name_key=key)
    voices = voices.exclude(name=name).exclude(voice_id=voice_id)
    if (other := voices.values_list("name", flat=True).first()) is not None:
        return other
    jobs = CloneJob.objects.filter(team=member.team, account=account, state__in=UNDER_WAY).exclude(name=name)
    names = jobs.values_list("name", flat=True)
    return next((other for other in names if name_key(other) == key), "")


def similar_message(name: str, other: str) -> str:
    """Return the sentence that points out two names that are easily mixed up."""
    return f"“{name}” and “{other}” differ only in case, width or accents. Rename one if that is confusing."
