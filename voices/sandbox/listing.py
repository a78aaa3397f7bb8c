"""GET /api/voices: the filters and the cursor pages, in DRF's shape."""

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from voices.sandbox.definitions import FILTERS
from voices.sandbox.messages import ApiError, Request
from voices.sandbox.state import Account, Clause, State, VoiceRow, listed, visible_to

PAGE_SIZE = 100
PAGE_SIZE_LIMIT = 200  # reported by a client of the real API
POSITION = re.compile(r"(r=1&)?p=(\d{1,18})")

Query = list[tuple[str, str]]


@dataclass(frozen=True)
class Cursor:
    """The position where a page starts: after voice number `position`, or before it if `reverse`."""

    position: int
    reverse: bool = False

    def text(self) -> str:
        """Return the opaque form, encoded as in DRF."""
        plain = f"{'r=1&' if self.reverse else ''}p={self.position}"
        return base64.b64encode(plain.encode()).decode()


@dataclass(frozen=True)
class Page:
    """A page of voices with the adjacent cursors."""

    rows: list[VoiceRow]
    next: Cursor | None
    previous: Cursor | None
    total: int


def page_of(state: State, account: Account, request: Request) -> Page:
    """Return the requested page. Raise ApiError 400 for a bad filter, 404 for a bad cursor."""
    query = request.query()
    where = [visible_to(account), listed(), *filters(query, account)]
    cursor = _cursor(query)
    size = page_size(query)
    reverse = cursor is not None and cursor.reverse
    after = [] if cursor is None else [Clause("seq > ?" if reverse else "seq < ?", (cursor.position,))]
    rows = state.voices([*where, *after], ascending=reverse, limit=size + 1)
    more, rows = len(rows) > size, rows[:size]
    if reverse:
        rows.reverse()
    older = more if not reverse else True
    newer = more if reverse else cursor is not None
    return Page(
        rows,
        Cursor(rows[-1].seq) if older and rows else None,
        Cursor(rows[0].seq, reverse=True) if newer and rows else None,
        state.count(where),
    )


def link(request: Request, cursor: Cursor | None) -> str | None:
    """Return the absolute URL of the page at `cursor`: the same query with the cursor replaced."""
    if cursor is None:
        return None
    query = [(name, value) for name, value in request.query() if name != "cursor"]
    query.append(("cursor", cursor.text()))
    return f"{request.origin}{request.path}?{urlencode(query, errors='replace')}"


def filters(query: Query, account: Account) -> list[Clause]:
    """Return the query's filters as clauses. Raise ApiError 400 with a message per invalid filter."""
    values = dict(query)
    errors: dict[str, list[str]] = {}
    for name in ("ownership", "billingStyle", "primaryLanguage", "search"):
        if name in values and (problem := _problem(name, values[name])):
            errors[name] = [problem]
    engines = [value for name, value in query if name == "provider"]
    if wrong := [value for value in engines if value not in FILTERS]:
        errors["provider"] = [_not_a_choice(wrong[0])]
    if errors:
        raise ApiError(400, errors)
    return _clauses(values, engines, account)


def _clauses(values: dict[str, str], engines: list[str], account: Account) -> list[Clause]:
    found: list[Clause] = []
    if (ownership := values.get("ownership")) is not None:
        private = Clause("account = ?", (account.id,))
        found.append(private if ownership == "private" else Clause("account IS NULL"))
    if (billing := values.get("billingStyle")) is not None:
        found.append(Clause("billing = ?", (billing,)))
    if (language := values.get("primaryLanguage")) is not None:
        found.append(Clause("language = ? COLLATE NOCASE", (language,)))
    if (text := values.get("search")) is not None:
        haystack = "fold(name || ' ' || ifnull(description, ''))"
        found.append(Clause(f"instr({haystack}, fold(?))", (text.strip(),)))
    if engines:
        marks = ", ".join("?" for _ in engines)
        found.append(Clause(f"engine IN ({marks})", tuple(FILTERS[engine] for engine in engines)))
    return found


CHOICES = {
    "ownership": ("private", "public"),
    "billingStyle": ("VOICE_BILLING_STYLE_INCLUDED", "VOICE_BILLING_STYLE_EXTERNAL"),
}


def _problem(name: str, value: str) -> str | None:
    if not value:
        return "This field may not be blank."
    if "\x00" in value:
        return "Null characters are not allowed."
    if name in CHOICES and value not in CHOICES[name]:
        return _not_a_choice(value)
    return None


def _not_a_choice(value: str) -> str:
    return f"Select a valid choice. {value} is not one of the available choices."


def page_size(query: Query) -> int:
    """Return the page size, within the API's limits."""
    text = dict(query).get("pageSize", "")
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return min(size, PAGE_SIZE_LIMIT) or PAGE_SIZE  # DRF falls back to its default for invalid sizes


def _cursor(query: Query) -> Cursor | None:
    text = dict(query).get("cursor")
    return None if text is None else cursor_of(text)


def cursor_of(text: str) -> Cursor:
    """Return the decoded cursor. Raise ApiError 404 for an invalid one."""
    try:
        plain = base64.b64decode(text.encode("ascii"), validate=True).decode("ascii")
    except (binascii.Error, ValueError) as exc:
        raise ApiError(404, {"detail": "Invalid cursor"}) from exc
    found = POSITION.fullmatch(plain)
    if found is None:
        raise ApiError(404, {"detail": "Invalid cursor"})
    return Cursor(int(found[2]), reverse=found[1] is not None)
