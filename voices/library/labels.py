"""What the API's and our own values are called on pages."""

from voices.kit import languages

NOT_GIVEN = "Not given"
OWNERSHIP = {"private": "Private to the account", "public": "Public catalogue"}
BILLING = {
    "VOICE_BILLING_STYLE_INCLUDED": "Included in Althea's price",
    "VOICE_BILLING_STYLE_EXTERNAL": "Billed by the provider",
}


def language_name(tag: str) -> str:
    """Return the English name of a language tag, without a flag; the tag itself where it is not known."""
    found = languages.find(tag)
    return found.name if found else tag


def flag_of(tag: str) -> str:
    """Return the flag of the tag's region; "" without one."""
    found = languages.find(tag)
    return found.flag if found else ""
