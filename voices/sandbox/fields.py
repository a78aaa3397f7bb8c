"""Validators of single values, with the error messages of Django REST framework."""

import re
from collections.abc import Callable
from typing import Any

from voices.sandbox.languages import is_well_formed
from voices.sandbox.messages import ApiError

REQUIRED = "This field is required."
SURROGATE = re.compile("[\ud800-\udfff]")
INT32 = 2_147_483_647


class FieldError(Exception):
    """A value is invalid; `detail` is its entry in the error response."""

    def __init__(self, detail: object) -> None:
        super().__init__(str(detail))
        self.detail = detail


Check = Callable[[Any], Any]  # returns the clean value or raises FieldError


def text(*, limit: int | None = None, nullable: bool = False, blank: bool = False) -> Check:
    """Return a check for a string: trimmed, with numbers converted as in DRF."""

    def check(value: Any) -> str | None:
        if value is None and nullable:
            return None
        clean = _as_text(value)
        if not clean and not blank:
            raise FieldError(["This field may not be blank."])
        if limit is not None and len(clean) > limit:
            raise FieldError([f"Ensure this field has no more than {limit} characters."])
        return clean

    return check


def _as_text(value: Any) -> str:
    if value is None:
        raise FieldError(["This field may not be null."])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FieldError(["Not a valid string."])
    clean = str(value).strip()
    if "\x00" in clean:
        raise FieldError(["Null characters are not allowed."])
    if (found := SURROGATE.search(clean)) is not None:
        raise FieldError([f"Surrogate characters are not allowed: U+{ord(found[0]):X}."])
    return clean


def language(*, nullable: bool = False) -> Check:
    """Return a check for a BCP 47 tag of at most 10 characters."""
    as_text = text(limit=10, nullable=nullable)

    def check(value: Any) -> str | None:
        tag: str | None = as_text(value)
        if tag is not None and not is_well_formed(tag):
            raise FieldError([f'"{tag}" is not a valid language code.'])
        return tag

    return check


def exact_text(value: Any) -> str:
    """Check that the value is a string; return it unchanged."""
    if not isinstance(value, str):
        raise FieldError(["Not a valid string."])
    if SURROGATE.search(value):
        raise FieldError(["Surrogate characters are not allowed."])
    return value


def flag(value: Any) -> bool:
    """Check that the value is true or false."""
    if not isinstance(value, bool):
        raise FieldError(["Must be a valid boolean."])
    return value


def number(low: float, high: float, *, above: bool = False) -> Check:
    """Return a check for a number in [low, high], or in (low, high] if `above`."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FieldError(["A valid number is required."])
        _within(value, low=low, high=high, above=above)
        return value

    return check


def integer(low: int = -INT32 - 1, high: int = INT32) -> Check:
    """Return a check for an integer in [low, high]."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(["A valid integer is required."])
        _within(value, low=low, high=high)
        return value

    return check


def _within(value: float, *, low: float, high: float, above: bool = False) -> None:
    if value > high:
        raise FieldError([f"Ensure this value is less than or equal to {high}."])
    if value < low or (above and value == low):
        raise FieldError([f"Ensure this value is greater than or equal to {low}."])


def mapping(value_check: Check | None = None) -> Check:
    """Return a check for a JSON object, with its values checked if a check is given."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise FieldError(["Expected a dictionary of items."])
        for key, item in value.items():
            exact_text(key)
            if value_check is not None:
                value_check(item)
        return value

    return check


def nullable(check: Check) -> Check:
    """Return a check that also accepts null."""
    return lambda value: None if value is None else check(value)


def choice(*allowed: str) -> Check:
    """Return a check for one of these strings."""

    def check(value: Any) -> str:
        if value not in allowed:
            raise FieldError([f'"{value}" is not a valid choice. It is one of {", ".join(allowed)}.'])
        return str(value)

    return check


def listing(item_check: Check) -> Check:
    """Return a check for a JSON array of checked items."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise FieldError(["Expected a list of items."])
        return [item_check(item) for item in value]

    return check


def record(**checks: Check) -> Check:
    """Return a check for a JSON object with optional members; unknown ones are refused."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise FieldError(["Invalid data. Expected a dictionary."])
        errors: dict[str, object] = {key: ["Unknown field."] for key in value if key not in checks}
        errors |= {key: problem for key, problem in _problems(value, checks).items() if problem is not None}
        if errors:
            raise FieldError(errors)
        return value

    return check


def _problems(value: dict[str, Any], checks: dict[str, Check]) -> dict[str, object]:
    return {key: _problem(check, value[key]) for key, check in checks.items() if key in value}


def _problem(check: Check, value: Any) -> object:
    try:
        check(value)
    except FieldError as exc:
        return exc.detail
    return None


def clean(
    data: dict[str, Any], checks: dict[str, Check], *, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the known members of `data`, cleaned. Raise ApiError 400 with the message of every invalid one."""
    errors: dict[str, object] = {name: [REQUIRED] for name in required if name not in data}
    values: dict[str, Any] = {}
    for name, check in checks.items():
        if name in data:
            try:
                values[name] = check(data[name])
            except FieldError as exc:
                errors[name] = exc.detail
    if errors:
        raise ApiError(400, errors)
    return values
