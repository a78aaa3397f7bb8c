"""Reviews of a pack's voices for the page and the worker: what an import would create, and what is missing for it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from voices import gateway
from voices.actions.consents.stating import consent_problems, draft_consent
from voices.actions.voice.names import name_taken, names_in_use
from voices.kit.names import clean_name
from voices.kit.packed_voices import PackedVoice
from voices.kit.receipts import verify
from voices.kit.sealing import SealError
from voices.kit.secret import Secret
from voices.models import (
    EXTERNAL,
    UNDER_WAY,
    AltheaAccount,
    ApiKey,
    Basis,
    Consent,
    ConsentStatement,
    PackImport,
    PackImportRow,
    ReceiptKey,
    Team,
    Voice,
)
from voices.providers.registry import providers
from voices.providers.secrets import is_marker, split_secrets

MAX_NAME = 40
NO_RECORDING = (
    "It was cloned elsewhere and the pack doesn't include its recording, so it can't be created here."
)
NO_SETTINGS = "The pack doesn't include settings for it that this Voice Studio supports."
NO_NAME = "Give the voice a name."
LONG_NAME = f"Althea allows at most {MAX_NAME} characters; this name has {{count}}."
TWICE = "Another voice in this pack has this name. Change one of them."
NOT_IN_PACKS = "Enter this value. Packs don't include secrets."


class CreationMethod(StrEnum):
    """How a voice of a pack is created."""

    CLONE = "clone"
    SETTINGS = "settings"
    NONE = "none"


@dataclass
class Review:
    """A voice of a pack as it would be created now. `problems` are sentences by field: `name`, or a secret's path.

    `obstacle` says why it cannot be created at all; `existing` is the voice created from it before. `consent` is the
    pack's, None if it has to be recorded anew; one without a statement has to be confirmed.
    """

    row: PackImportRow
    packed: PackedVoice
    method: CreationMethod
    obstacle: str = ""
    existing: Voice | None = None
    consent: Consent | None = None
    secrets: Sequence[str] = ()
    known_secrets: frozenset[str] = frozenset()
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def can_be_made(self) -> bool:
        """Whether the importer can choose it."""
        return not self.obstacle and self.existing is None

    @property
    def is_chosen(self) -> bool:
        """Whether it will be created when the import starts."""
        return self.can_be_made and self.row.is_chosen

    @property
    def lacks_consent(self) -> bool:
        """Whether consent has to be recorded for it, because the pack has none."""
        return self.is_chosen and self.method == CreationMethod.CLONE and self.consent is None

    @property
    def lacks_statement(self) -> bool:
        """Whether the importer has to confirm the pack's consent, because its receipt is not one of ours."""
        if not self.is_chosen or self.consent is None:
            return False
        is_stated = self.consent.statement is not None or self.consent.basis == Basis.MADE
        return not (self.row.is_receipt_ours and is_stated)


def review_pack(
    pack: PackImport, rows: Iterable[PackImportRow], *, key: ApiKey | None, now: datetime
) -> list[Review]:
    """Return a review of each row, for that key's account."""
    account = key.account if key else None
    reviews = [_review(pack.team, row, now) for row in rows]
    _find_existing(pack.team, account, reviews)
    _check_names(account, reviews)
    return reviews


def _review(team: Team, row: PackImportRow, now: datetime) -> Review:
    packed = row.packed
    method, obstacle = _method_for(packed)
    consent = _consent(team, row, packed, now) if method == CreationMethod.CLONE else None
    known = frozenset(open_secrets(row))
    secrets = missing_secrets(packed.definition) if method == CreationMethod.SETTINGS else ()
    problems = {path: NOT_IN_PACKS for path in secrets if path not in known}
    return Review(row, packed, method, obstacle, None, consent, secrets, known, problems)


def _method_for(packed: PackedVoice) -> tuple[CreationMethod, str]:
    sample = packed.sample
    if sample is not None and (sample.original or sample.sent):
        return CreationMethod.CLONE, ""
    if packed.billing != EXTERNAL:
        return CreationMethod.NONE, NO_RECORDING
    is_known = len(packed.definition) == 1 and all(
        key in providers() and isinstance(settings, Mapping) for key, settings in packed.definition.items()
    )
    return (CreationMethod.SETTINGS, "") if is_known else (CreationMethod.NONE, NO_SETTINGS)


# --- secrets -----------------------------------------------------------------------------------------


def missing_secrets(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths of the values that the definition lacks."""
    _, secrets = split_secrets(definition, mark=lambda _: "")
    return tuple(path for path, value in secrets.items() if is_marker(value))


@sensitive_variables()
def seal_secrets(row: PackImportRow, secrets: Mapping[str, str]) -> bytes | None:
    """Return these secrets by path, sealed for the row; None without any."""
    return gateway.seal(Secret(json.dumps(secrets)), row_id=row.pk) if secrets else None


@sensitive_variables()
def open_secrets(row: PackImportRow) -> dict[str, str]:
    """Return the row's secrets by path; none if they cannot be opened, so that they are asked for again."""
    if row.sealed_secrets is None:
        return {}
    try:
        opened: dict[str, str] = json.loads(gateway.unseal_pack(row).reveal())
    except SealError:
        return {}
    return opened


# --- what is there already ---------------------------------------------------------------------------


def _find_existing(team: Team, account: AltheaAccount | None, reviews: Sequence[Review]) -> None:
    """Set `existing` for voices already in the account: the exported ones themselves, or earlier imports of them."""
    if account is None:
        return
    here = Voice.objects.of_team(team).available().filter(account=account)
    by_id = {one.voice_id: one for one in here.filter(voice_id__in=[one.packed.voice_id for one in reviews])}
    made = PackImportRow.objects.filter(
        source__in=[one.row.source for one in reviews], voice__in=here
    ).select_related("voice")
    by_source = {row.source: row.voice for row in made}
    for one in reviews:
        one.existing = by_id.get(one.packed.voice_id) or by_source.get(one.row.source)


def is_under_way(team: Team, account: AltheaAccount, source: UUID) -> bool:
    """Whether another import is creating a voice from that source in the account."""
    rows = PackImportRow.objects.filter(pack__team=team, source=source, job__account=account)
    return rows.filter(job__state__in=UNDER_WAY).exists()


def _check_names(account: AltheaAccount | None, reviews: Sequence[Review]) -> None:
    chosen = [one for one in reviews if one.is_chosen]
    names = [one.row.name for one in chosen]
    taken = names_in_use(account, names) if account else set()
    for one in chosen:
        name = clean_name(one.row.name)
        if not name:
            one.problems["name"] = NO_NAME
        elif len(name) > MAX_NAME:
            one.problems["name"] = LONG_NAME.format(count=len(name))
        elif name in taken and account:
            one.problems["name"] = name_taken(account, name)
        elif names.count(one.row.name) > 1:
            one.problems["name"] = TWICE


# --- consent -----------------------------------------------------------------------------------------


def _consent(team: Team, row: PackImportRow, packed: PackedVoice, now: datetime) -> Consent | None:
    """Return the pack's consent, unsaved; None if it is incomplete, has ended or was withdrawn here.

    It has its statement if we signed its receipt; otherwise the importer confirms one.
    """
    if packed.consent is None:
        return None
    receipt = json.loads(row.receipt) if row.is_receipt_ours else None
    if receipt and Consent.objects.filter(uid=receipt["consent"]["id"]).exclude(withdrawn_at=None).exists():
        return None
    draft = _draft(team, receipt["consent"] if receipt else asdict(packed.consent))
    if receipt and receipt["statement"]:
        current = ConsentStatement.objects.current(team).get(receipt["statement"]["language"])
        draft.statement = current if current and current.text == receipt["statement"]["text"] else None
    problems = dict(consent_problems(draft, now))
    problems.pop("statement", None)
    return None if problems else draft


def _draft(team: Team, facts: Mapping[str, Any]) -> Consent:
    expires = facts["expires_on"]
    return draft_consent(
        team=team,
        basis=facts["basis"],
        speaker=clean_name(facts["speaker"]),
        relation=facts["relation"],
        proof=clean_name(facts["proof"]),
        language="",
        expires_on=date.fromisoformat(expires) if expires else None,
    )


def is_own_receipt(text: str, *, received_sha256: str) -> bool:
    """Whether one of our keys signed the receipt, for the recording with that hash."""
    try:
        receipt = json.loads(text)
        key = ReceiptKey.objects.filter(key_id=str(receipt["key_id"])[:64]).first()
        is_signed = key is not None and verify(receipt, key.public_key)
        return is_signed and receipt["recording"]["received_sha256"] == received_sha256
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
