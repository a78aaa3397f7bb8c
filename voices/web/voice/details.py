"""A voice's details as people read them: the fields of the API's Voice object, and its origin."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from voices.access import Verb, may
from voices.actions.voice.redefine import settings_refusal
from voices.audio.wording import length, megabytes
from voices.library.labels import BILLING, OWNERSHIP
from voices.models import CloneJob, Membership, Sample, Voice, VoiceOrigin
from voices.providers.models import ageing_sentence, find_ageing
from voices.providers.redaction import hide_in_address
from voices.providers.registry import describe_definition
from voices.web.sample.report import sound_facts

KNOWN_FIELDS = {
    "voiceId", "name", "description", "primaryLanguage", "languageLabel", "previewUrl", "ownership", "billingStyle",
    "provider", "definition",
}  # fmt: skip
NOT_GIVEN = "Not given"
SEPARATOR = " › "  # between a setting and the object that contains it


@dataclass(frozen=True)
class Fact:
    """A line of the page: text, a time, or both, perhaps with a link."""

    label: str
    text: str = ""
    at: datetime | None = None
    url: str = ""

    @property
    def is_given(self) -> bool:
        """Whether there is a value."""
        return bool(self.text or self.at)


def facts_of(voice: Voice) -> list[Fact]:
    """Return the fields that the page's heading does not show; missing ones are marked as such."""
    known = [
        ("Description", voice.description),
        ("Language tag", voice.primary_language),
        ("Ownership", OWNERSHIP.get(voice.ownership, voice.ownership)),
        ("Billing", BILLING.get(voice.billing_style, voice.billing_style)),
        ("Account", str(voice.account)),
        ("Preview address", hide_in_address(voice.preview_url)),
    ]
    if voice.deleted_at is not None:  # otherwise the page shows it with a copy button
        known.insert(0, ("Voice ID", voice.voice_id))
    # Fields of a newer API that this page does not know yet are shown as they come.
    new = {name: value for name, value in sorted(voice.raw.items()) if name not in KNOWN_FIELDS}
    unknown = [row for _, rows in describe_definition({"answer": new}) for row in rows] if new else []
    return [Fact(label, value or NOT_GIVEN) for label, value in known + unknown]


@dataclass
class Group:
    """Settings of one nested object, such as a dictionary's id and version; top-level ones have no label."""

    label: str
    rows: list[tuple[str, str]] = field(default_factory=list)


def grouped(rows: Iterable[tuple[str, str]]) -> list[Group]:
    """Group consecutive settings by the object that contains them."""
    groups: list[Group] = []
    for label, value in rows:
        parent, _, own = label.rpartition(SEPARATOR)
        if not groups or groups[-1].label != parent:
            groups.append(Group(parent))
        groups[-1].rows.append((own, value))
    return groups


def settings_of(voice: Voice) -> list[tuple[str, list[Group]]]:
    """Return the name and the settings of each provider."""
    return [(provider, grouped(rows)) for provider, rows in describe_definition(voice.definition)]


def ageing_of(member: Membership, voice: Voice, today: date) -> dict[str, Any]:
    """Return the context of `voice/_ageing.html`, {} for a voice whose model is neither deprecated nor retired."""
    if find_ageing(voice.model) is None:
        return {}
    can_change = may(member, Verb.EDIT_VOICE) and voice.gone_at is None
    ageing = {
        "sentence": ageing_sentence(voice.model, today),
        "refusal": settings_refusal(voice),
        "can_change": can_change,
    }
    return {"ageing": ageing}


def origin_of(member: Membership, voice: Voice) -> list[Fact]:
    """Return the voice's origin: how, by whom, when, from which recording, and whose key manages it."""
    who = voice.added_by.shown_name if voice.added_by else ""
    rows = [
        Fact("How", _how(voice)),
        Fact(_who_label(voice.job), who),
        Fact("Added", at=voice.created_at),
        *_clone_facts(member, voice.job, voice.sample),
        Fact("Last changed", at=voice.changed_at if voice.changed_at != voice.created_at else None),
        Fact("Last played", at=voice.played_at if voice.has_been_played else None),
        Fact("Managed with", _steward(voice) if voice.deleted_at is None else ""),
    ]
    return [row for row in rows if row.is_given]


def _who_label(job: CloneJob | None) -> str:
    if job is None:
        return "Added by"
    return "Cloned by" if job.is_clone else "Created by"


def consent_fact(job: CloneJob) -> Fact:
    """Return whose voice the recording holds, as stated by the person who sent it."""
    consent = job.consent
    if consent is None:
        return Fact("Consent", "Not recorded")
    who = consent.stated_by.shown_name if consent.stated_by else "someone who left"
    return Fact("Consent", f"{consent} (recorded by {who})", at=consent.stated_at)


def _how(voice: Voice) -> str:
    if voice.origin == VoiceOrigin.ADOPTED and voice.job is None:
        return "Matched to an existing Althea voice by name"
    if voice.origin == VoiceOrigin.ADOPTED:
        made = "Created" if voice.job and voice.job.provider else "Cloned"
        return f"{made} here. Althea's answer was lost, so the voice was matched by name"
    if voice.origin == VoiceOrigin.CLONED:
        return "Cloned here"
    if voice.origin == VoiceOrigin.CREATED:
        return "Created here from a provider's settings"
    if voice.is_public:
        return "From Althea's public catalogue"
    return "Created at Althea, outside Voice Studio, and synced"


def _clone_facts(member: Membership, job: CloneJob | None, sample: Sample | None) -> list[Fact]:
    facts = [Fact("Recording", recording_facts(sample, job))] if sample else []
    if job is None:
        return facts
    if replaced := job.replaces:
        facts.append(Fact("Replaces", replaced.name, url=reverse("voices:voice", args=[replaced.pk])))
    if job.actor_id == member.user_id or may(member, Verb.SEE_ALL_JOBS):
        label, text = ("Clone job", "View clone job") if job.is_clone else ("Job", "View job")
        facts.append(Fact(label, text, url=reverse("voices:clone-job", args=[job.pk])))
        if row := job.pack_rows.exclude(receipt="").first():
            where = reverse("voices:pack-import-receipt", args=[row.pk])
            facts.append(Fact("Imported with", "Consent receipt from the pack", url=where))
    return facts


def recording_facts(sample: Sample, job: CloneJob | None) -> str:
    """Return a recording's properties: `take.wav · 40 seconds · WAV · 22.05 kHz mono · 353 kbit/s · 1.8 MB`.

    Of a converted one: `memo.m4a · 40 seconds · sent as WAV · 3.5 MB`.

    One recording may come under several names: a job's is the one that its person chose.
    """
    filename = (job.filename if job else "") or sample.filename
    if sample.original or sample.parent_id:
        sent = [
            length(sample.seconds),
            f"sent as {sample.sent_container.upper()}",
            megabytes(sample.sent_size_bytes),
        ]
        return " · ".join([filename, *sent])
    return " · ".join([filename, *sound_facts(sample)])


def _steward(voice: Voice) -> str:
    if voice.steward is None:
        return "No key, so previews can't be fetched"
    return f"{voice.steward.owner.shown_name}'s key “{voice.steward.label}”"
