"""Exporting voices as a pack: with definitions, texts, tags, consent receipts and recordings, without any secret."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile

from voices import audit
from voices.access import CONSENT_ENDED, Verb, require
from voices.actions import NotPossibleError
from voices.actions.consents.receipts import signed_receipt
from voices.actions.files import MissingFileError, open_file
from voices.kit.packed_voices import MAX_VOICES, PackedConsent, PackedSample, PackedVoice
from voices.kit.packs import MANIFEST_BYTES, PACK_BYTES, PackWriter
from voices.models import Consent, Membership, PreviewState, Sample, Voice
from voices.providers.secrets import has_secret_address, split_secrets
from voices.version import VERSION

PUBLIC = "It belongs to Althea's public catalogue, which is in every account."
ADDRESS = "The address of its engine contains what looks like a key. Move it to a header first."
NOTHING = "None of these voices can be exported."
TOO_MANY = f"A pack can have at most {MAX_VOICES} voices. Choose fewer, and put the others in another pack."
TEXT_BYTES = 2_000  # of what the manifest says of a voice, roughly
TOO_LARGE = (
    "With their recordings, these voices take {size} MB, but a pack can have at most {most} MB. "
    "Choose fewer, and put the others in another pack."
)
PARTS = ("account", "consent__team", "consent__statement", "consent__spoken", "preview", "sample__parent")


@dataclass(frozen=True)
class ExportPlan:
    """The voices to export, those left out with the reason, and the total size of their files."""

    voices: list[Voice]
    left_out: list[tuple[Voice, str]]
    size_bytes: int
    total: int  # number of chosen voices

    @property
    def problem(self) -> str:
        """Why this export is impossible, as a sentence; "" if it is possible."""
        if self.total > MAX_VOICES:
            return TOO_MANY
        if not self.voices:
            return NOTHING
        most = PACK_BYTES - MANIFEST_BYTES
        if self.size_bytes > most:
            return TOO_LARGE.format(size=self.size_bytes // 1_000_000, most=most // 1_000_000)
        return ""


def plan_export(*, member: Membership, voices: QuerySet[Voice], now: datetime) -> ExportPlan:
    """Return the plan of an export of these voices. Raises PermissionDenied.

    It needs the permission to clone, as hearing recordings does.
    """
    require(member, Verb.CLONE)
    found = list(voices.select_related(*PARTS).order_by("created_at", "pk")[:MAX_VOICES])
    left_out = [(voice, reason) for voice in found if (reason := _reason(voice, now))]
    packed = [voice for voice in found if not _reason(voice, now)]
    return ExportPlan(packed, left_out, sum(_size(voice) for voice in packed), voices.count())


def _reason(voice: Voice, now: datetime) -> str:
    if voice.is_public:
        return PUBLIC
    if has_secret_address(voice.definition):
        return ADDRESS
    return CONSENT_ENDED if voice.is_quarantined(now) else ""


def _size(voice: Voice) -> int:
    preview = getattr(voice, "preview", None)
    size = TEXT_BYTES + (preview.size_bytes if preview else 0)
    if voice.sample is None:
        return size
    source = voice.sample.source
    return size + voice.sample.sent_size_bytes + (0 if _is_as_sent(voice.sample) else source.size_bytes)


def _is_as_sent(sample: Sample) -> bool:
    """Whether the uploaded recording is sent unchanged."""
    return sample.parent is None and not sample.original


def export_pack(*, member: Membership, plan: ExportPlan, now: datetime) -> Iterator[bytes]:
    """Record the export, and return the pack as a stream. Raises PermissionDenied, NotPossibleError."""
    require(member, Verb.CLONE)
    if plan.problem:
        raise NotPossibleError(plan.problem)
    with transaction.atomic():
        names = [voice.name for voice in plan.voices]
        audit.record_by(member, "pack.exported", member.team, voices=len(names), names=names)
    return _parts(member, plan.voices, now)


def _parts(member: Membership, voices: Iterable[Voice], now: datetime) -> Iterator[bytes]:
    pack = PackWriter(now)
    described = []
    for number, voice in enumerate(voices, 1):
        names = {}
        for role, extension, content in _files(member, voice, now):
            name = f"files/{number:03d}-{role}.{extension}"
            yield from _add(pack, name, content)
            if name in pack.files:
                names[role] = name
        described.append(_describe(voice, names))
    facts = {
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "made_by": {"team": member.team.name, "product": "Voice Studio", "version": VERSION},
        "voices": described,
    }
    yield from pack.finish(facts)


def _add(pack: PackWriter, name: str, content: FieldFile | bytes) -> Iterator[bytes]:
    """Add a file, or skip it if it is missing in the storage."""
    if isinstance(content, bytes):
        yield from pack.add(name, io.BytesIO(content))
        return
    try:
        file = open_file(content)
    except MissingFileError:
        return
    with file:
        yield from pack.add(name, cast(BinaryIO, file))


def _files(member: Membership, voice: Voice, now: datetime) -> Iterator[tuple[str, str, FieldFile | bytes]]:
    """Yield the files of a voice: the name, the extension, and the content or the field of each."""
    if voice.sample is not None:
        yield "sent", voice.sample.sent_container, voice.sample.file
        if not _is_as_sent(voice.sample):
            source = voice.sample.source
            yield "original", _extension(source), source.received
    preview = getattr(voice, "preview", None)
    if preview is not None and preview.state == PreviewState.READY and preview.file:
        yield "preview", preview.extension, preview.file
    if voice.consent is not None:
        yield "receipt", "json", signed_receipt(member=member, consent=voice.consent, now=now)


def _extension(sample: Sample) -> str:
    return sample.container if sample.container.isascii() and sample.container.isalnum() else "bin"


def _describe(voice: Voice, files: dict[str, str]) -> dict[str, Any]:
    """Return the manifest's entry of a voice."""
    definition, secrets = split_secrets(voice.definition, mark=lambda _: "")
    packed = PackedVoice(
        id=str(voice.pk),
        voice_id=voice.voice_id,
        name=voice.name,
        description=voice.description,
        language=voice.primary_language,
        provider=voice.provider,
        account=voice.account.name,
        billing=voice.billing_style,
        origin=voice.origin,
        created_at=voice.created_at.astimezone(UTC).isoformat(timespec="seconds"),
        stage=voice.stage,
        notes=voice.notes,
        tags=tuple(sorted(voice.tags.values_list("name", flat=True))),
        aliases=tuple(sorted(voice.aliases.values_list("name", flat=True))),
        definition=definition,
        secrets=tuple(sorted(secrets)),
        sample=_describe_sample(voice.sample, files) if voice.sample else None,
        consent=_describe_consent(voice.consent, files) if voice.consent else None,
        preview=files.get("preview", ""),
    )
    return packed.to_json()


def _describe_sample(sample: Sample, files: dict[str, str]) -> PackedSample:
    return PackedSample(files.get("sent", ""), files.get("original", ""), sample.filename, sample.edit)


def _describe_consent(consent: Consent, files: dict[str, str]) -> PackedConsent:
    return PackedConsent(
        basis=consent.basis,
        speaker=consent.speaker,
        relation=consent.relation,
        proof=consent.proof,
        expires_on=str(consent.expires_on or ""),
        receipt=files.get("receipt", ""),
    )
