"""What the API's and our own values are called on pages."""

from voices.kit import languages
from voices.models import Health, Stage

NOT_GIVEN = "Not given"
OWNERSHIP = {"private": "Private to the account", "public": "Public catalogue"}
BILLING = {
    "VOICE_BILLING_STYLE_INCLUDED": "Included in Althea's price",
    "VOICE_BILLING_STYLE_EXTERNAL": "Billed by the provider",
}
GONE = {"here": "There at Althea", "gone": "Gone at Althea"}
# In the order of the page; `favourite` is a switch and stands apart.
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
    """The English name of a language tag, without a flag; the tag itself where it is not known."""
    found = languages.find(tag)
    return found.name if found else tag


def flag_of(tag: str) -> str:
    """The flag of the tag's region; "" without one."""
    found = languages.find(tag)
    return found.flag if found else ""


def plain_label(name: str, value: str) -> str:
    """The word for a filter's value that needs no look-up."""
    if value in {"", "none"}:
        return NOT_GIVEN
    if name == "language":
        return language_name(value)
    return _PLAIN.get(name, {}).get(value, value)
