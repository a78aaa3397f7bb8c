"""Every field of the API's Voice object, in words, and where the voice came from."""

from voices.models import Voice

OWNERSHIP = {"private": "Private to the account", "public": "Public catalogue"}
BILLING = {
    "VOICE_BILLING_STYLE_INCLUDED": "Included in Althea's price",
    "VOICE_BILLING_STYLE_EXTERNAL": "Billed by the provider",
}
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
        ("Preview address", voice.preview_url),
        ("Account", str(voice.account)),
    ]
    # What a newer API says and this page does not know yet is shown as it came.
    news = [(name, str(value)[:300]) for name, value in sorted(voice.raw.items()) if name not in SHOWN]
    return [(label, value or "Not given") for label, value in known + news]
