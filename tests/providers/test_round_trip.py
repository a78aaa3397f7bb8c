"""A form that nobody touches changes nothing, and a new engine needs one file: for all engines, known and to come."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.forms import Typed, sent, untouched
from voices.kit.secret import Secret
from voices.providers.base import Field, Kind, Provider
from voices.providers.checks import check_settings
from voices.providers.controls import RETYPE, controls
from voices.providers.registry import describe_definition, find_providers, providers
from voices.providers.secrets import MissingSecretError, join_secrets, split_secrets
from voices.providers.typed import read_typed

ACME = """
from voices.providers.base import Field, Kind, Provider

PROVIDER = Provider("acme", "Acme", (Field("pitch", "Pitch", Kind.NUMBER, unit="×", minimum=0.5, maximum=2),))
"""
LETTERS = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
NAMES = st.from_regex(r"[A-Za-z][A-Za-z-]{0,8}", fullmatch=True)
TEXTS = st.text(LETTERS, min_size=1, max_size=12)
KEYS = TEXTS | st.sampled_from(["apiKey", "name", "auth/~", "text"])


def values(*, is_json: bool) -> st.SearchStrategy[Any]:
    """Values of any shape; JSON has no infinity, but Python's reader takes one that comes from elsewhere."""
    numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=not is_json)
    return st.recursive(
        st.none() | st.booleans() | numbers | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=6,
    )


ANYTHING = values(is_json=False)
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
HEADERS = st.dictionaries(NAMES, VISIBLE.map(Secret), max_size=3).filter(
    lambda headers: len({name.casefold() for name in headers}) == len(headers)
)


def mark(secret: str) -> str:
    return str(len(secret))


@cache
def values_of(field: Field, *, is_odd: bool) -> st.SearchStrategy[Any]:
    """Values that the field takes; odd ones are any. Made once for each field, which took as long as drawing them."""
    taken = values_taken(field)
    return taken | ANYTHING if is_odd and field.kind is not Kind.PAIRS else taken


def values_taken(field: Field) -> st.SearchStrategy[Any]:
    if field.kind in {Kind.NUMBER, Kind.INTEGER}:
        low, high = field.minimum or 0, field.maximum or 1000
        numbers = st.integers(int(low) + 1, int(high)) if field.kind is Kind.INTEGER else st.floats(low, high)
        return numbers.filter(field.allows)
    bodies = st.dictionaries(TEXTS, values(is_json=True), max_size=3)
    rows = st.fixed_dictionaries({"dictionaryId": TEXTS}, optional={"versionId": TEXTS})
    return {
        Kind.FLAG: st.booleans(),
        Kind.CHOICE: st.sampled_from([key for key, _ in field.choices] or [""]),
        Kind.URL: st.just("https://tts.example/speak?voice=a"),
        Kind.TEXTS: st.lists(TEXTS, min_size=1, max_size=3),
        Kind.PAIRS: HEADERS.filter(bool),
        Kind.ROWS: st.lists(rows, min_size=1, max_size=3),
        Kind.JSON: bodies.map(lambda body: {**body, "text": "{text}"}),
    }.get(field.kind, TEXTS)


def put(into: dict[str, Any], path: str, value: Any) -> None:
    *groups, name = path.split(".")
    for group in groups:
        into = into.setdefault(group, {})
    into[name] = value


@st.composite
def definitions(draw: st.DrawFn, *, is_odd: bool) -> tuple[Provider, dict[str, Any]]:
    """An engine's settings; odd ones may have any value anywhere, and settings that nobody knows."""
    provider = draw(st.sampled_from(list(providers().values())))
    found: dict[str, Any] = draw(st.dictionaries(NAMES, ANYTHING, max_size=2)) if is_odd else {}
    for field in provider.entries:
        if field.is_required or draw(st.booleans()):
            put(found, field.name, draw(values_of(field, is_odd=is_odd)))
    return provider, found


@settings(deadline=None, max_examples=80)
@given(definitions(is_odd=True))
def test_a_form_that_nobody_touches_changes_nothing(drawn: tuple[Provider, dict[str, Any]]) -> None:
    provider, now = drawn
    read = read_typed(provider, untouched(provider, now), kept=now)
    assert (read.settings, read.problems) == (now, {})


@settings(deadline=None, max_examples=80)
@given(definitions(is_odd=False))
def test_a_form_filled_in_anew_gives_the_same_definition(drawn: tuple[Provider, dict[str, Any]]) -> None:
    provider, wanted = drawn
    assert check_settings(provider, wanted) == {}
    typed = untouched(provider, wanted)
    typed["setting-headers.value"] = [secret.reveal() for secret in wanted.get("headers", {}).values()]
    read = read_typed(provider, typed)
    assert (read.settings, read.problems) == (wanted, {})


@settings(deadline=None, max_examples=80)
@given(definitions(is_odd=True))
def test_secrets_are_taken_out_and_put_back(drawn: tuple[Provider, dict[str, Any]]) -> None:
    provider, now = drawn
    public, secrets = split_secrets({provider.key: now}, mark=mark)
    headers = now.get("headers", {}) if provider.key == "generic" else {}
    assert {
        f"/generic/headers/{name}": value.reveal() for name, value in headers.items()
    }.items() <= secrets.items()
    assert split_secrets(join_secrets(public, secrets), mark=mark) == (public, secrets)
    kept = join_secrets(public, secrets)[provider.key]
    assert read_typed(provider, untouched(provider, public[provider.key]), kept=kept).settings == kept


# --- secrets ------------------------------------------------------------------------------------------

STORED = {
    "url": "https://tts.example/",
    "headers": {"Authorization": Secret("Bearer old"), "X-Plan": Secret("pro")},
    "body": {"text": "{text}", "auth": {"key": Secret("k-1")}, "token_text": "{text}", "speed": 1},
}


def changed(**typed: Any) -> dict[str, Any]:
    """The generic engine's settings after this was typed into their form."""
    form = untouched(providers()["generic"], STORED)
    form |= Typed(typed)
    read = read_typed(providers()["generic"], form, kept=STORED)
    assert read.problems == {}
    return read.settings


def test_secrets_are_in_no_control() -> None:
    shown = repr(controls(providers()["generic"], settings=STORED))
    assert "Bearer" not in shown
    assert "k-1" not in shown
    assert "Authorization" in shown


def test_an_empty_secret_keeps_the_one_that_is_stored() -> None:
    form = {"headers.name": ["Authorization", "X-New"], "headers.value": ["", "n"]}
    assert changed(**form)["headers"] == {"Authorization": Secret("Bearer old"), "X-New": Secret("n")}
    assert changed(**{"headers.name": ["Authorization"], "headers.value": ["Bearer new"]})["headers"] == {
        "Authorization": Secret("Bearer new")
    }
    assert "headers" not in changed(**{"headers.name": [""], "headers.value": [""]})


def test_a_body_keeps_the_secrets_that_stay_in_their_places() -> None:
    assert changed(body='{"say": "{text}", "auth": {"key": "(hidden)"}}')["body"] == {
        "say": "{text}",
        "auth": {"key": Secret("k-1")},
    }


def test_typed_secrets_are_not_shown_again() -> None:
    typed = Typed({"headers.name": "X-Key", "headers.value": "s3cret", "url": "http://tts.example"})
    provider = providers()["generic"]
    shown = controls(provider, typed=typed, problems=read_typed(provider, typed).problems)
    assert "s3cret" not in repr(shown)
    assert {one.label: one.error for one in shown}["Headers"] == RETYPE


def test_secrets_in_a_body_are_known_by_name_or_form() -> None:
    body: Mapping[str, Any] = {
        "text": "{text}", "token_text": "{text}", "apiKey": "a", "auth": ["b", 3], "voice": "anna", "max_tokens": 5,
        "headers": [{"name": "Authorization", "value": "c"}], "note": "sk-0123456789abcdef", "odd/~name": {"pwd": "d"},
        "literal": "sealed:x",
    }  # fmt: skip
    public, secrets = split_secrets({"generic": {"body": body}}, mark=mark)
    assert secrets == {
        "/generic/body/apiKey": "a",
        "/generic/body/auth/0": "b",
        "/generic/body/headers/0/name": "Authorization",
        "/generic/body/headers/0/value": "c",
        "/generic/body/note": "sk-0123456789abcdef",
        "/generic/body/odd~1~0name/pwd": "d",
        "/generic/body/literal": "sealed:x",
    }
    shown = {name: value for name, value in public["generic"]["body"].items() if value == body[name]}
    assert shown.keys() == {"text", "token_text", "voice", "max_tokens"}


def test_what_looks_like_a_marker_is_a_secret_itself() -> None:
    public, secrets = split_secrets({"google": {"voiceId": "sealed:x"}}, mark=mark)
    assert secrets == {"/google/voiceId": "sealed:x"}
    assert describe_definition(public) == [
        ("Google", [("Voice", "Hidden"), ("Speaking rate", "1× (default)")])
    ]


def test_a_marker_without_its_secret_is_not_sent() -> None:
    with pytest.raises(MissingSecretError):
        join_secrets({"generic": {"headers": {"X-Key": "sealed:"}}}, {})


# --- a new engine -------------------------------------------------------------------------------------


def test_an_engine_is_added_by_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_engines").mkdir()
    (tmp_path / "acme_engines" / "acme.py").write_text(ACME, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    known = find_providers("voices.providers", "acme_engines")
    assert known.keys() == {*providers(), "acme"}
    [pitch] = controls(known["acme"], settings={"pitch": 1.5})
    assert (pitch.label, pitch.value, pitch.range) == ("Pitch", "1.5", "0.5 to 2")
    assert read_typed(known["acme"], sent([pitch])).settings == {"pitch": 1.5}
    assert read_typed(known["acme"], Typed({"pitch": "3"})).problems == {"pitch": "This must be 0.5 to 2."}
    assert describe_definition({"acme": {"pitch": 1.5}}, known=known) == [
        ("Acme", [("Pitch", "1.5× (0.5 to 2)")])
    ]
