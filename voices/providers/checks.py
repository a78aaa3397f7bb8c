"""What is wrong with the value of a setting, as a sentence to put beside it; "" if nothing is.

The forms, the API and imports ask the same checks, so that nothing is sent that is known to be refused.
"""

import ipaddress
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from voices.kit.addresses import is_loopback, is_public
from voices.kit.secret import Secret
from voices.providers.base import TEXT, Field, Kind, Provider
from voices.providers.registry import providers

MAX_TEXT = 500
MAX_URL = 2_000
MAX_ITEMS = 50
MAX_HEADER = 4_000
MAX_BODY = 20_000  # characters of JSON
MAX_DEPTH = 30
_INT32 = 2**31
_MAX_FLOAT = 3.4e38  # of 32 bits, as in the API's schema

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}", re.ASCII)  # RFC 9110, 5.6.2
_PRIVATE_NAMES = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa")

NEEDED = "Fill this in."


def check_definition(definition: Any, *, allows_loopback: bool = False) -> dict[str, str]:
    """Return what is wrong with a definition, by `engine.setting`; by "" what is wrong with it as a whole."""
    if not isinstance(definition, Mapping) or len(definition) != 1:
        return {"": f"A definition names exactly one engine, such as {_examples()}."}
    [(key, settings)] = definition.items()
    provider = providers().get(key)
    if provider is None:
        return {"": f"“{str(key)[:40]}” isn't one of the engines: {', '.join(providers())}."}
    if not isinstance(settings, Mapping):
        return {"": "The settings of an engine are an object with their names and values."}
    found = check_settings(provider, settings, allows_loopback=allows_loopback)
    if not found and (problem := _form_of(settings)):
        return {key: problem}
    return {f"{key}.{name}": problem for name, problem in found.items()}


def _examples() -> str:
    return " or ".join(list(providers())[:2])


def check_settings(
    provider: Provider, settings: Mapping[str, Any], *, allows_loopback: bool = False
) -> dict[str, str]:
    """Return what is wrong with an engine's settings, by field name. Unknown settings are not looked at."""
    problems = {}
    for field in provider.fields:
        if field.kind is Kind.GROUP:
            group = settings.get(field.name, {})
            problems[field.name] = "" if isinstance(group, Mapping) else "This must be an object."
    for field in provider.entries:
        value = value_at(settings, field.name)
        problems[field.name] = (
            (NEEDED if field.is_required else "")
            if value is ABSENT
            else check_value(provider, field, value, allows_loopback=allows_loopback)
        )
    return {name: problem for name, problem in problems.items() if problem}


class _Absent:
    """The value of a setting that a definition does not have."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def value_at(settings: Mapping[str, Any], name: str) -> Any:
    """Return the value at a dotted path; ABSENT if there is none."""
    value: Any = settings
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return ABSENT
        value = value[part]
    return value


def check_value(provider: Provider, field: Field, value: Any, *, allows_loopback: bool = False) -> str:
    """Return what is wrong with the value, as a sentence; "" if nothing is."""
    if field.kind is Kind.URL:
        return _address(value, allows_loopback=allows_loopback)
    if field.kind is Kind.ROWS:
        return _rows(provider, field, value)
    return _CHECKS[field.kind](field, value)


def _number(field: Field, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        return "Enter a number."
    if field.range and not field.allows(value):
        return f"This must be {field.range}."
    return "" if abs(value) <= _MAX_FLOAT else "This number is too large."


def _integer(field: Field, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return "Enter a whole number."
    return _number(field, value) or ("" if -_INT32 <= value < _INT32 else "This number is too large.")


def _flag(field: Field, value: Any) -> str:
    return "" if isinstance(value, bool) else "This is either on or off."


def _choice(field: Field, value: Any) -> str:
    return "" if value in [choice for choice, _ in field.choices] else "Choose one of the options."


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        return "Enter some text."
    if not value.strip():
        return NEEDED
    if len(value) > MAX_TEXT:
        return f"This has {len(value):,} characters, and at most {MAX_TEXT} are allowed."
    return "This contains invisible characters. Remove them." if _has_control(value) else ""


def _texts(field: Field, value: Any) -> str:
    if not isinstance(value, list):
        return "This must be a list of texts."
    if len(value) > MAX_ITEMS:
        return f"At most {MAX_ITEMS} are allowed."
    return next(filter(None, (_text(field, item) for item in value)), "")


def _has_control(text: str) -> bool:
    return any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)


# --- rows and headers --------------------------------------------------------------------------------


def _rows(provider: Provider, field: Field, value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        return "This must be a list."
    if len(value) > MAX_ITEMS:
        return f"At most {MAX_ITEMS} are allowed."
    for number, row in enumerate(value, start=1):
        for column in provider.columns(field):
            name = column.name.rpartition(".")[2]
            problem = _cell(column, row.get(name, ABSENT))
            if problem:
                return f"{column.label} in row {number}: {problem}"
    return ""


def _cell(column: Field, value: Any) -> str:
    if value is ABSENT:
        return NEEDED if column.is_required else ""
    return _CHECKS[column.kind](column, value)


def _pairs(field: Field, value: Any) -> str:
    if not isinstance(value, Mapping):
        return "This must be an object with names and texts."
    if len(value) > MAX_ITEMS:
        return f"At most {MAX_ITEMS} are allowed."
    names = [str(name).casefold() for name in value]
    if twice := next((name for name in names if names.count(name) > 1), None):
        return f"“{twice}” is named twice."
    return next(filter(None, (_header(str(name), text) for name, text in value.items())), "")


def _header(name: str, value: Any) -> str:
    if not _TOKEN.fullmatch(name):
        return "A header's name has letters, digits and hyphens only, such as X-Api-Key."
    text = value.reveal() if isinstance(value, Secret) else value
    if not isinstance(text, str) or not text.strip():
        return f"Enter the value of “{name}”."
    if len(text) > MAX_HEADER:
        return f"The value of “{name}” has {len(text):,} characters, and at most {MAX_HEADER:,} are allowed."
    if _has_control(text) or any(ord(letter) > 255 for letter in text):
        return f"The value of “{name}” has a line break or characters that a header can't have."
    return ""


# --- bodies -------------------------------------------------------------------------------------------


def _json(field: Field, value: Any) -> str:
    if not isinstance(value, Mapping):
        return 'This must be a JSON object, such as {"text": "{text}"}.'
    if problem := _form_of(value):
        return problem
    if (length := len(json.dumps(value, default=str, ensure_ascii=False))) > MAX_BODY:
        return f"This has {length:,} characters, and at most {MAX_BODY:,} are allowed."
    texts = (leaf.reveal() if isinstance(leaf, Secret) else leaf for leaf in _leaves(value))
    if not any(isinstance(text, str) and TEXT in text for text in texts):
        return f"One of the values must contain {TEXT}, which is replaced with the text to speak."
    return ""


def _form_of(value: Any) -> str:
    """Return why the value, whatever it is, can't be sent as JSON; "" if it can."""
    if _depth(value) > MAX_DEPTH:
        return f"This is nested more than {MAX_DEPTH} levels deep."
    is_json = all(_is_finite(leaf) for leaf in _leaves(value))
    return "" if is_json else "NaN and infinity are not JSON."


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _depth(value: Any, level: int = 0) -> int:
    if level > MAX_DEPTH or not isinstance(value, Mapping | list):
        return level
    items = value.values() if isinstance(value, Mapping) else value
    return max((_depth(item, level + 1) for item in items), default=level + 1)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping | list):
        items = value.values() if isinstance(value, Mapping) else value
        return [leaf for item in items for leaf in _leaves(item)]
    return [value]


# --- addresses ----------------------------------------------------------------------------------------


def _address(value: Any, *, allows_loopback: bool) -> str:
    if not isinstance(value, str) or not value.strip():
        return NEEDED
    if len(value) > MAX_URL:
        return f"An address has at most {MAX_URL:,} characters."
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "This isn't a web address."
    if not host or any(letter.isspace() for letter in value) or _has_control(value):
        return "Enter a web address, such as https://tts.example.com/speak."
    is_local = allows_loopback and parts.scheme in {"http", "https"} and is_loopback(host)
    return "" if is_local else _public_address(parts, host)


def _public_address(parts: SplitResult, host: str) -> str:
    if parts.scheme != "https":
        return "The address must begin with https://."
    if parts.username is not None:
        return "Put the login in a header, not in the address."
    return (
        "" if _is_reachable(host) else "Althea can't reach this address: it must be on the public internet."
    )


def _is_reachable(host: str) -> bool:
    """Whether the host may be on the public internet, as far as its name tells."""
    try:
        return is_public(str(ipaddress.ip_address(host)))
    except ValueError:
        pass
    plain = host.rstrip(".").casefold()
    last = plain.rpartition(".")[2]
    is_number = last.isdigit() or last.startswith("0x")  # another way to write an IPv4 address
    return "." in plain and not is_number and not plain.endswith(_PRIVATE_NAMES)


_CHECKS: dict[Kind, Callable[[Field, Any], str]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.INTEGER: _integer,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.TEXTS: _texts,
    Kind.PAIRS: _pairs,
    Kind.JSON: _json,
}
