"""The parameters of a list of voices, made from the registry of filters; a filter that is added there is one here.

The page leaves out what it cannot read. A program would not notice, and take other voices than it asked for: here what
is unknown or broken is an error that names the parameter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from voices.library.filters import Filter, Filters, all_filters, clean_query
from voices.library.filters.base import MAX_VALUES, ChoiceFilter, HidingFilter
from voices.library.orders import NEWEST, ORDERS
from voices.web.api.catalogue import FieldErrors
from voices.web.api.problems import invalid

MAX_PAGE, PAGE = 100, 50
SEARCH_LETTERS = 200


@dataclass(frozen=True)
class VoiceQuery:
    """What a list of voices is asked for."""

    filters: Filters
    cursor: str
    size: int
    with_total: bool

    def pairs(self) -> list[tuple[str, str]]:
        """Return all but the cursor as parameters of an address."""
        found = [("search", text) if name == "q" else (name, text) for name, text in self.filters.to_pairs()]
        found += [("pageSize", str(self.size))] if self.size != PAGE else []
        return found + ([("includeTotal", "true")] if self.with_total else [])


def parameters() -> list[dict[str, Any]]:
    """Return the parameters as the OpenAPI document describes them."""
    search = {"type": "string", "minLength": 1, "maxLength": SEARCH_LETTERS}
    own: list[tuple[str, dict[str, Any], str]] = [
        ("search", search, "Words in the name, the description and more."),
        ("sort", {"type": "string", "enum": list(ORDERS), "default": NEWEST}, "The sort order."),
        (
            "pageSize",
            {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": PAGE},
            "Voices per page.",
        ),
        (
            "cursor",
            {"type": "string", "minLength": 1},
            "Where to continue: from `next` of the previous page.",
        ),
        ("includeTotal", {"type": "boolean", "default": False}, "Also count all matching voices."),
    ]
    described = [_described(*one) for one in own]
    return [*described, *(_filter_parameter(one) for one in all_filters().values())]


def _described(name: str, schema: dict[str, Any], meaning: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": False, "schema": schema, "description": meaning}


def _filter_parameter(one: Filter) -> dict[str, Any]:
    value: dict[str, Any] = {"type": "string", "minLength": 1}
    if isinstance(one, ChoiceFilter):
        value["enum"] = [*one.choices, *([one.any_value] if isinstance(one, HidingFilter) else [])]
    most = 1 if one.is_single else MAX_VALUES
    several = "" if one.is_single else " Several values are alternatives."
    schema = {"type": "array", "items": value, "maxItems": most}
    return {**_described(one.name, schema, f"{one.label}.{several}"), "explode": True}


def read_query(params: QueryDict) -> VoiceQuery:
    """Return what the address asks for. Raises ApiError, which names every parameter that is wrong."""
    errors: list[tuple[str, str]] = []
    found = all_filters()
    known = {"search", "sort", "pageSize", "cursor", "includeTotal", *found}
    errors += [(name[:60], f"There is no parameter “{name[:60]}”.") for name in params if name not in known]
    chosen = {name: one.parse(params.getlist(name)) for name, one in found.items()}
    for one in found.values():
        errors += _filter_errors(one, params.getlist(one.name))
    sort = params.get("sort", NEWEST)
    if sort not in ORDERS:
        errors.append(("sort", f"Choose one of {', '.join(ORDERS)}."))
    errors += _plain_errors(params, sort)
    if errors:
        raise invalid(errors)
    filters = Filters.of(query=clean_query(params.get("search", "")), sort=sort, **chosen)
    size = int(params.get("pageSize", PAGE))
    return VoiceQuery(filters, params.get("cursor", ""), size, params.get("includeTotal") == "true")


def _filter_errors(one: Filter, given: list[str]) -> Iterator[tuple[str, str]]:
    most = 1 if one.is_single else MAX_VALUES
    if len(given) > most:
        yield one.name, f"Give at most {most} value{'' if most == 1 else 's'} of {one.name}."
    if any(not one.clean(value) for value in given):
        yield one.name, f"This isn't a value of {one.name}{_choices_of(one)}."


def _choices_of(one: Filter) -> str:
    return f", which are {', '.join(one.choices)}" if isinstance(one, ChoiceFilter) else ""


def _plain_errors(params: QueryDict, sort: str) -> FieldErrors:
    errors = []
    size, total = params.get("pageSize", str(PAGE)), params.get("includeTotal", "true")
    if not (size.isascii() and size.isdecimal() and len(size) <= 3 and 1 <= int(size) <= MAX_PAGE):
        errors.append(("pageSize", f"Choose 1 to {MAX_PAGE} voices per page."))
    if total not in {"true", "false"}:
        errors.append(("includeTotal", "Use true or false."))
    if len(params.get("search", "")) > SEARCH_LETTERS or ("search" in params and not params["search"]):
        errors.append(("search", f"A search has 1 to {SEARCH_LETTERS} characters."))
    if "cursor" in params and sort in ORDERS and ORDERS[sort].position(params.get("cursor", "")) is None:
        errors.append(
            ("cursor", "This cursor isn't from this list. Take it from `next`, with the same sort.")
        )
    return errors
