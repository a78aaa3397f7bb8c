"""Which names are taken in an Althea account, and the sentences that say so."""

from uuid import UUID

from voices.models import AltheaAccount, CloneJob, Voice


class NameInUseError(Exception):
    """The account has a voice, or a clone in progress, of this name. The message is for beside the name field."""


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
    if other.is_live:
        message = (
            f"A clone called “{name}” is already in progress in the account {account}. Choose another name."
        )
    else:
        message = (
            f"An earlier clone called “{name}” may have reached Althea in the account {account}. "
            "Retry that clone, or choose another name."
        )
    raise NameInUseError(message + note)
