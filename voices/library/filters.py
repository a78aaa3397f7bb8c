"""What a list of voices is asked for, as its address says it; whatever comes in, a clean value comes out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

from voices.kit import languages
from voices.models import Health, Stage

MAX_QUERY = 200
MAX_VALUES = 20  # of one filter: what people choose by hand, and what a database plans well
ANY = "any"
NONE = "none"
HERE, GONE = "here", "gone"
NEWEST, LANGUAGE = "newest", "language"
SORTS = {
    NEWEST: "Newest first",
    "name": "Name",
    LANGUAGE: "Language",
    "played": "Last played",
    "changed": "Last changed",
}
SEVERAL = ("language", "provider", "ownership", "billing", "stage", "tag", "owner", "account", "health")
_MAX = {"provider": 60, "ownership": 40, "billing": 60}
_TAG = re.compile(r"[A-Za-z0-9]{1,8}([-_][A-Za-z0-9]{1,8})*")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Filters:
    """A search, its filters and its order. Several values of one filter are ORed, different filters ANDed.

    `stage` () leaves out the retired, ("any",) does not. `gone` "" is all, "here" and "gone" what they say.
    """

    query: str = ""
    language: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    ownership: tuple[str, ...] = ()
    billing: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    favourite: bool = False
    health: tuple[str, ...] = ()
    gone: str = ""
    sort: str = NEWEST

    @property
    def is_plain(self) -> bool:
        """Whether nothing is searched or filtered; the order does not matter."""
        return replace(self, sort=NEWEST) == Filters()

    def to_query(self) -> str:
        """The canonical query string, urlencoded: equal filters give equal ones; "" for the plain library."""
        return urlencode(self.to_pairs())

    def to_pairs(self) -> list[tuple[str, str]]:
        """The same as names and values, as hidden fields of a form take them."""
        pairs = [("q", self.query)] if self.query else []
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                pairs += [(field.name, one) for one in value]
            elif value and value != field.default:
                pairs.append((field.name, "1" if value is True else value))
        return pairs

    def values(self, name: str) -> tuple[str, ...]:
        """The chosen values of any filter, `favourite` and `gone` too."""
        value = getattr(self, name)
        if isinstance(value, tuple):
            return value
        return (("1" if value is True else value),) if value else ()

    def without(self, name: str, value: str | None = None) -> "Filters":
        """The same without that filter, or without one value of it."""
        name = "query" if name == "q" else name
        if name in SEVERAL and value is not None:
            return self._with(name, tuple(one for one in getattr(self, name) if one != value))
        return self._with(name, getattr(Filters(), name))

    def _with(self, name: str, value: object) -> "Filters":
        return replace(self, **{name: value})  # type: ignore[arg-type]  # names and values are parse's


def parse(params: QueryDict) -> Filters:
    """What the address asks for. Never raises: what is unknown, broken or too long is left out."""
    chosen = {name: _several(name, params.getlist(name)) for name in SEVERAL}
    gone, sort = params.get("gone", ""), params.get("sort", "")
    return Filters(
        query=clean_query(params.get("q", "")),
        favourite=params.get("favourite", "") == "1",
        gone=gone if gone in {HERE, GONE} else "",
        sort=sort if sort in SORTS else NEWEST,
        **chosen,
    )


def parse_query(query: str) -> Filters:
    """The same from a query string that was kept or sent as a field."""
    try:
        return parse(QueryDict(_plain(query)))
    except TooManyFieldsSent:
        return Filters()


def clean_query(text: str) -> str:
    """A search as a database can take it: no NUL, no lone surrogates, single spaces, at most 200 characters."""
    return " ".join(_plain(text[: MAX_QUERY * 4]).split())[:MAX_QUERY].strip()


def _plain(text: str) -> str:
    return text.replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8")


def _several(name: str, given: Iterable[str]) -> tuple[str, ...]:
    """The good ones among the values of a filter, each once, in one order whatever the address's was."""
    good: set[str] = set()
    for value in given:
        if len(good) < MAX_VALUES and (clean := _clean(name, value)):
            good.add(clean)
    return (ANY,) if name == "stage" and ANY in good else tuple(sorted(good))


def _clean(name: str, value: str) -> str:
    if name in _MAX:
        return value if _plain(value) == value and len(value) <= _MAX[name] else ""
    if name == "stage":
        return value if value in {*Stage.values, ANY} else ""
    if name == "health":
        return value if value in Health.values else ""
    if name == "language":
        return _language(value)
    if name == "account":
        return _uuid(value)
    return value if _NUMBER.fullmatch(value) or (name == "owner" and value == NONE) else ""


def _language(value: str) -> str:
    if value == NONE:
        return value
    return languages.normalise(value) if len(value) <= 35 and _TAG.fullmatch(value) else ""


def _uuid(value: str) -> str:
    try:
        return str(UUID(value)) if len(value) <= 40 else ""
    except ValueError:
        return ""
