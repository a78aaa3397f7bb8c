"""What a list of voices can be filtered by, for the options of commands and the parameters of tools.

The API has the same names and decides which values are good; a test compares the names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voices.cli.errors import StudioError

ORDERS = "newest (the default), name, language, played or changed"


@dataclass(frozen=True)
class Filter:
    """A filter of the API's list of voices; several values mean any of them."""

    name: str
    help: str


FILTERS = (
    Filter("language", "a language tag; `en` includes en-US and all other regions"),
    Filter("provider", "the engine behind the voice, as voices name it"),
    Filter("stage", "draft, approved, retired or any; retired voices are hidden unless asked for"),
    Filter("tag", "a tag's name"),
    Filter("owner", "who added the voice: the number in the library's address"),
    Filter("health", "good, failing or unheard: whether the preview plays"),
    Filter("consent", "missing, recorded, expiring, ended or any; ended is hidden unless asked for"),
    Filter("account", "the Althea account: the id in the library's address"),
    Filter("ownership", "private or public"),
    Filter("billing", "VOICE_BILLING_STYLE_INCLUDED or VOICE_BILLING_STYLE_EXTERNAL"),
    Filter("model", "the model that speaks, by its name; ageing for all that are deprecated or retired"),
    Filter("gone", "here or gone: whether Althea still has the voice"),
    Filter("favourite", "1 for your favourites"),
)
NAMES = [one.name for one in FILTERS]


def to_params(search: str, sort: str, chosen: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return the query parameters that ask for these voices. Raise StudioError for an unknown filter."""
    if unknown := sorted(chosen.keys() - set(NAMES)):
        raise StudioError(f"There is no filter {unknown[0]}. Use one of: {', '.join(NAMES)}.")
    pairs = [
        ("search", search),
        *((name, value) for name, values in chosen.items() for value in values),
        ("sort", sort),
    ]
    return [pair for pair in pairs if pair[1]]
