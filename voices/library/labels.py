"""The labels of the API's and our own values on pages."""

from voices.kit import languages
from voices.models import Basis

NOT_GIVEN = "Not given"
OWNERSHIP = {"private": "Private to the account", "public": "Public catalogue"}
BILLING = {
    "VOICE_BILLING_STYLE_INCLUDED": "Included in Althea's price",
    "VOICE_BILLING_STYLE_EXTERNAL": "Billed by the provider",
}
CONSENT = {
    Basis.OWN.value: "Mine",
    Basis.AGREED.value: "Someone else's, with their consent",
    Basis.MADE.value: "Synthetic (no real person)",
}


def language_name(tag: str) -> str:
    """Return the English name of a language tag, without a flag, or the tag itself if it is unknown."""
    found = languages.find(tag)
    return found.name if found else tag


def flag_of(tag: str) -> str:
    """Return the flag of the tag's region, or "" without one."""
    found = languages.find(tag)
    return found.flag if found else ""
