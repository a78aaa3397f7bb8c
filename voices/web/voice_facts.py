"""Every field of the API's Voice object, in words, and where the voice came from."""

from django.template.defaultfilters import filesizeformat

from voices.library.words import BILLING, OWNERSHIP
from voices.models import Sample, Voice
from voices.providers.registry import describe_definition
from voices.providers.secrecy import hide_in_address

SHOWN = {
    "voiceId", "name", "description", "primaryLanguage", "languageLabel", "previewUrl", "ownership", "billingStyle",
    "provider", "definition",
}  # fmt: skip


def facts_of(voice: Voice) -> list[tuple[str, str]]:
    """(label, value) pairs for the voice page; a field that Althea left out is told as such."""
    known = [
        ("Voice id", voice.voice_id),
        ("Name", voice.name),
        ("Description", voice.description),
        ("Language", voice.language_label or voice.primary_language),
        ("Language tag", voice.primary_language),
        ("Provider", voice.provider),
        ("Ownership", OWNERSHIP.get(voice.ownership, voice.ownership)),
        ("Billing", BILLING.get(voice.billing_style, voice.billing_style)),
        ("Preview address", hide_in_address(voice.preview_url)),
        ("Account", str(voice.account)),
    ]
    # What a newer API says and this page does not know yet is shown as it came.
    new = {name: value for name, value in sorted(voice.raw.items()) if name not in SHOWN}
    news = [row for _, rows in describe_definition({"answer": new}) for row in rows] if new else []
    return [(label, value or "Not given") for label, value in known + news]


def origin_of(voice: Voice) -> list[tuple[str, str]]:
    """(label, value) pairs: who made the voice, when, from which recording, and whose key looks after it."""
    rows = [
        ("Cloned by" if voice.job else "Brought in by", voice.added_by.shown_name if voice.added_by else ""),
        ("On", f"{voice.created_at:%-d %B %Y, %H:%M} UTC"),
        ("Recording", recording_facts(voice.sample) if voice.sample else ""),
        ("Looked after by", _steward(voice)),
        ("Gone at Althea since", f"{voice.gone_at:%-d %B %Y}" if voice.gone_at else ""),
    ]
    return [(label, value) for label, value in rows if value]


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
        return "No key: previews can no longer be fetched"
    return f"The key {voice.steward.label} ({voice.steward.shown}) of {voice.steward.owner.shown_name}"
