"""Recording consent: together with a recording, or for an existing voice.

`require_complete` alone defines when a consent is complete; forms, commands and the API all use it.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from voices import audit
from voices.access import Verb, require
from voices.actions import NotPossibleError
from voices.actions.voice.changed import voices_changed
from voices.models import Basis, Consent, ConsentStatement, Membership, Relation, Sample, Team, Voice

STATEMENT_CHANGED = (
    "The statement was changed while this form was open. Read the new one, then confirm it again."
)
COMPARED = (
    "sample", "basis", "speaker", "relation", "proof", "statement", "spoken", "expires_on", "stated_by", "sent_sha256",
)  # fmt: skip


class ConsentError(NotPossibleError):
    """The consent is incomplete or has ended. The message belongs beside `field` of the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def draft_consent(
    *,
    team: Team,
    basis: str,
    speaker: str = "",
    relation: str = "",
    proof: str = "",
    statement: ConsentStatement | None = None,
    language: str = "en",
    expires_on: date | None = None,
    spoken: Sample | None = None,
) -> Consent:
    """Return an unsaved consent to the given statement, or to the language's current one, for `submit_clone`.

    Speaker and relation are kept only if somebody else consented, the statement unless the voice is generated.
    """
    has_speaker, is_person = basis == Basis.AGREED, basis != Basis.MADE
    if is_person and statement is None:
        statement = ConsentStatement.objects.current(team).get(language)
    return Consent(
        team=team,
        basis=basis,
        speaker=speaker if has_speaker else "",
        relation=relation if has_speaker else "",
        proof=proof if has_speaker else "",
        statement=statement if is_person else None,
        spoken=spoken if is_person else None,
        expires_on=expires_on,
    )


def consent_problems(consent: Consent, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield what is missing or has ended, as a field of the form and a sentence."""
    is_agreed, is_person = consent.basis == Basis.AGREED, consent.basis in {Basis.OWN, Basis.AGREED}
    if consent.basis not in Basis.values:
        yield "consent", "Choose whose voice it is. Nothing can be sent without it."
    if is_agreed and not consent.speaker.strip():
        yield "speaker", "Enter the name of the person who consented."
    if is_agreed and consent.relation not in Relation.values:
        yield "relation", "Choose their relation to your team."
    if is_person and consent.statement is None:
        yield "statement", "Choose the statement that the speaker agreed to."
    if consent.withdrawn_at is not None:
        yield "consent", "This consent was withdrawn. Add a new one if the speaker has agreed again."
    elif consent.has_ended(now):
        yield "expires_on", "This day is in the past. Choose today or a later day."


def require_complete(consent: Consent, *, team: Team, now: datetime) -> None:
    """Raise ConsentError unless the consent is complete and has not ended."""
    for field, message in consent_problems(consent, now):
        raise ConsentError(field, message)
    if consent.spoken is not None and consent.spoken.team_id != team.pk:
        raise ConsentError("spoken", "This recording doesn't belong to your team. Choose the file again.")
    if consent._state.adding and consent.statement is not None:
        _require_current(consent.statement, team)


def _require_current(statement: ConsentStatement, team: Team) -> None:
    """Raise ConsentError if the statement has changed since it was shown: nobody agreed to the new text."""
    current = ConsentStatement.objects.current(team).get(statement.language)
    shown = (statement.team_id, statement.version, statement.text)
    if current is None or (current.team_id, current.version, current.text) != shown:
        raise ConsentError("agreed", STATEMENT_CHANGED)


def store_consent(consent: Consent, *, member: Membership, sample: Sample | None, now: datetime) -> Consent:
    """Save a new consent for the recording, or check that a stored one still covers it. Return it.

    Call it in the change's transaction. Raises ConsentError.
    """
    if not consent._state.adding:
        return _kept(consent, member, sample, now)
    consent.team, consent.sample, consent.stated_by, consent.stated_at = member.team, sample, member.user, now
    consent.stated_by_name = member.user.shown_name
    if sample is not None:
        consent.received_sha256, consent.sent_sha256 = sample.sha256, sample.sent_sha256
    if consent.statement is not None:
        consent.statement = ConsentStatement.objects.stored(consent.statement, now)
    if same := _stated_before(consent):
        return same
    consent.save(force_insert=True)
    return consent


def _stated_before(consent: Consent) -> Consent | None:
    """Return an active consent by the same person, for the same recording, with the same content; None without one.

    A clone that is edited and resubmitted shares it, so that one withdrawal covers all voices of the recording.
    """
    if consent.sample is None:
        return None
    same = {name: getattr(consent, name) for name in COMPARED}
    return Consent.objects.select_for_update().filter(withdrawn_at=None, **same).order_by("-pk").first()


def _kept(consent: Consent, member: Membership, sample: Sample | None, now: datetime) -> Consent:
    """Return the stored consent's current row, locked against withdrawal.

    Consent for a recording covers its edited versions.
    """
    kept = Consent.objects.select_for_update().get(pk=consent.pk)
    covers = sample is not None and kept.sample_id in {sample.pk, sample.parent_id}
    if kept.team_id != member.team.pk or not covers:
        raise ConsentError("consent", "This consent is for another recording. Add one for this recording.")
    require_complete(kept, team=member.team, now=now)
    return kept


def add_consent(*, member: Membership, voice: Voice, consent: Consent, now: datetime) -> Consent:
    """Record a consent for an existing voice, in place of any that it has, and return it.

    A voice whose consent had ended leaves quarantine. Raises PermissionDenied, ConsentError, NotPossibleError.
    """
    require(member, Verb.STATE_CONSENT)
    require_complete(consent, team=member.team, now=now)
    with transaction.atomic():
        row = Voice.objects.of_team(member.team).select_for_update().filter(pk=voice.pk).first()
        if row is None:
            raise NotPossibleError("This voice has been deleted, so nothing was recorded.")
        if row.is_public:
            raise NotPossibleError(
                "This voice belongs to Althea's public catalogue. It needs no consent here."
            )
        consent = store_consent(consent, member=member, sample=row.sample, now=now)
        Voice.objects.filter(pk=row.pk).change(now, consent=consent, consent_state=consent.state(now))
        facts = {"consent": str(consent), "consent_id": str(consent.uid)}
        facts |= {"quarantine": "left"} if row.is_quarantined(now) else {}
        audit.record_by(member, "consent.added", row, **facts, replaces=str(row.consent or ""))
        voices_changed(member.team_id)
    return consent
