"""Every field of the API's Voice object, in words, and where the voice came from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from voices.access import Verb, may
from voices.library.history import came_by, replaced_by
from voices.library.labels import BILLING, OWNERSHIP
from voices.models import CloneJob, Membership, Sample, Voice
from voices.providers.redaction import hide_in_address
from voices.providers.registry import describe_definition

SHOWN = {
    "voiceId", "name", "description", "primaryLanguage", "languageLabel", "previewUrl", "ownership", "billingStyle",
    "provider", "definition",
}  # fmt: skip
NOT_GIVEN = "Not given"
BELOW = " › "  # between a setting and what it lies in


@dataclass(frozen=True)
class Fact:
    """One line of the page: words, a moment, or both; `url` leads to what the words name."""

    label: str
    text: str = ""
    at: datetime | None = None
    url: str = ""

    @property
    def is_given(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.text or self.at)


def facts_of(voice: Voice) -> list[Fact]:
    """What Althea says beyond the page's heading; a field that it left out is told as such."""
    known = [
        ("Description", voice.description),
        ("Language tag", voice.primary_language),
        ("Ownership", OWNERSHIP.get(voice.ownership, voice.ownership)),
        ("Billing", BILLING.get(voice.billing_style, voice.billing_style)),
        ("Account", str(voice.account)),
        ("Preview address", hide_in_address(voice.preview_url)),
    ]
    if voice.deleted_at is not None:  # else it is told where it is copied
        known.insert(0, ("Voice ID", voice.voice_id))
    # What a newer API says and this page does not know yet is shown as it came.
    new = {name: value for name, value in sorted(voice.raw.items()) if name not in SHOWN}
    news = [row for _, rows in describe_definition({"answer": new}) for row in rows] if new else []
    return [Fact(label, value or NOT_GIVEN) for label, value in known + news]


@dataclass
class Group:
    """Settings that lie in one another, as a dictionary's id and version do; one that stands alone has no label."""

    label: str
    rows: list[tuple[str, str]] = field(default_factory=list)


def grouped(rows: Iterable[tuple[str, str]]) -> list[Group]:
    """The settings in their order, those that lie in the same thing gathered under its name."""
    groups: list[Group] = []
    for label, value in rows:
        above, _, own = label.rpartition(BELOW)
        if not groups or groups[-1].label != above:
            groups.append(Group(above))
        groups[-1].rows.append((own, value))
    return groups


def settings_of(voice: Voice) -> list[tuple[str, list[Group]]]:
    """Per provider its name and its settings in words."""
    return [(provider, grouped(rows)) for provider, rows in describe_definition(voice.definition)]


def origin_of(member: Membership, voice: Voice) -> list[Fact]:
    """How the voice came, by whom, when, from which recording, and whose key looks after it."""
    who = voice.added_by.shown_name if voice.added_by else ""
    rows = [
        Fact("How", _how(voice)),
        Fact("Cloned by" if voice.job else "Added by", who),
        Fact("Added", at=voice.created_at),
        *_clone_facts(member, voice.job, voice.sample),
        Fact("Last changed", at=voice.changed_at if voice.changed_at != voice.created_at else None),
        Fact("Last played", at=voice.played_at if voice.has_been_played else None),
        Fact("Managed with", _steward(voice) if voice.deleted_at is None else ""),
    ]
    return [row for row in rows if row.is_given]


def consent_fact(job: CloneJob) -> Fact:
    """Whose voice the recording holds, as the person said who sent it."""
    consent = job.consent
    if consent is None:
        return Fact("Consent", "Not recorded")
    who = consent.stated_by.shown_name if consent.stated_by else "someone who left"
    return Fact("Consent", f"{consent} (recorded by {who})", at=consent.stated_at)


def _how(voice: Voice) -> str:
    verb = came_by(voice)
    if verb == "voice.adopted" and voice.job is None:
        return "Matched to an existing Althea voice by name"
    if verb == "voice.adopted":
        return "Cloned here. Althea's answer was lost, so the voice was matched by name"
    if verb == "voice.cloned" or voice.job:
        return "Cloned here"
    if voice.ownership == "public":
        return "From Althea's public catalogue"
    return "Created at Althea, outside Voice Studio, and synced"


def _clone_facts(member: Membership, job: CloneJob | None, sample: Sample | None) -> list[Fact]:
    facts = [Fact("Recording", recording_facts(sample))] if sample else []
    if job is None:
        return facts
    facts.append(consent_fact(job))
    if replaced := replaced_by(job):
        facts.append(Fact("Replaces", replaced.name, url=reverse("voices:voice", args=[replaced.pk])))
    if job.actor_id == member.user_id or may(member, Verb.SEE_ALL_JOBS):
        facts.append(Fact("Clone job", "View clone job", url=reverse("voices:clone-job", args=[job.pk])))
    return facts


def recording_facts(sample: Sample) -> str:
    """What was found in a recording, on a line: `take.wav · 40 s · WAV · 22.05 kHz mono · 353 kbit/s · 1.7 MB`."""
    channels = {1: "mono", 2: "stereo"}.get(sample.channels, f"{sample.channels} channels")
    sound = f"{sample.rate / 1000:g} kHz {channels}"
    facts = [sample.filename, f"{sample.seconds:.0f} s", sample.container.upper(), sound]
    if sample.bit_rate:
        facts.append(f"{sample.bit_rate / 1000:.0f} kbit/s")
    return " · ".join([*facts, filesizeformat(sample.sent_size_bytes)])


def _steward(voice: Voice) -> str:
    if voice.steward is None:
        return "No key, so previews can't be fetched"
    return f"{voice.steward.owner.shown_name}'s key “{voice.steward.label}”"
