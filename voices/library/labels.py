"""The labels of the API's and our own values on pages."""

from voices.kit import languages
from voices.models import Basis, Health, Stage

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
GONE = {"here": "Available at Althea", "gone": "Missing at Althea"}
# In the order of the page; `favourite` is a switch of its own.
TITLES = {
    "language": "Language", "provider": "Provider", "stage": "Stage", "tag": "Tag", "owner": "Owner",
    "health": "Preview", "account": "Account", "ownership": "Ownership", "billing": "Billing", "gone": "At Althea",
}  # fmt: skip
_PLAIN = {
    "ownership": OWNERSHIP, "billing": BILLING, "gone": GONE,
    "stage": {stage.value: str(stage.label) for stage in Stage} | {"any": "Any stage"},
    "health": {health.value: str(health.label) for health in Health},
}  # fmt: skip


def language_name(tag: str) -> str:
    """Return the English name of a language tag, without a flag, or the tag itself if it is unknown."""
    found = languages.find(tag)
    return found.name if found else tag


def flag_of(tag: str) -> str:
    """Return the flag of the tag's region, or "" without one."""
    found = languages.find(tag)
    return found.flag if found else ""


def plain_label(name: str, value: str) -> str:
    """Return the label of a filter's value, for filters whose labels need no query."""
    if value in {"", "none"}:
        return NOT_GIVEN
    if name == "language":
        return language_name(value)
    return _PLAIN.get(name, {}).get(value, value)
