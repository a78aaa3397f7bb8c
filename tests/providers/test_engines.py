"""Every engine's file against the contract: no setting is missing, none is invented."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from voices.providers.base import Field, Kind, Provider
from voices.providers.registry import providers

CONTRACT = Path(__file__).parent.parent / "contract" / "althea-voices.openapi.yaml"
KINDS = {
    "string": {Kind.TEXT, Kind.URL, Kind.CHOICE},
    "number": {Kind.NUMBER},
    "integer": {Kind.INTEGER},
    "boolean": {Kind.FLAG},
    "array": {Kind.TEXTS, Kind.ROWS},
    "object": {Kind.GROUP, Kind.PAIRS, Kind.JSON},
}
TYPES: dict[str, Any] = {
    "string": str, "number": (int, float), "integer": int, "boolean": bool, "array": list, "object": dict,
}  # fmt: skip


@cache
def schemas() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["components"]["schemas"]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    for part in (schema, *schema.get("allOf", [])):
        if "$ref" in part:
            return dict(schemas()[part["$ref"].rpartition("/")[2]])
    return schema


def settings_of(schema: dict[str, Any], above: str = "") -> dict[str, str]:
    """Dotted path -> JSON type, as our files spell it."""
    found: dict[str, str] = {}
    for name, member in resolved(schema).get("properties", {}).items():
        path, member = f"{above}{name}", resolved(member)  # noqa: PLW2901  # a reference and what it means are one
        found[path] = member.get("type", "string")
        found |= settings_of(resolved(member.get("items", member)), f"{path}.")
    return found


def misfit(value: Any, schema: dict[str, Any]) -> list[str]:
    """What of a value is not as the contract has it: unknown names, and values of another type."""
    schema = resolved(schema)
    kind = schema.get("type", "string")
    if isinstance(value, bool) or not isinstance(value, TYPES[kind]):
        return [] if kind == "boolean" and isinstance(value, bool) else [f"{value!r} is no {kind}"]
    if isinstance(value, list):
        return [wrong for item in value for wrong in misfit(item, schema["items"])]
    if not isinstance(value, dict) or "properties" not in schema:
        return [] if value in schema.get("enum", [value]) else [f"{value!r} is none of the values"]
    known = schema["properties"]
    return [
        wrong
        for name, inner in value.items()
        for wrong in (misfit(inner, known[name]) if name in known else [f"{name} is unknown"])
    ]


@pytest.mark.parametrize("provider", providers().values(), ids=lambda one: one.key)
def test_an_engine_knows_exactly_the_settings_of_the_contract(provider: Provider) -> None:
    external = schemas()["ultravox.v1.ExternalVoice"]["properties"]
    asked = settings_of(external[provider.key])
    assert {field.name for field in provider.fields} == set(asked)
    assert [field.name for field in provider.fields if field.kind not in KINDS[asked[field.name]]] == []


def test_every_engine_of_the_contract_has_a_file() -> None:
    assert set(schemas()["ultravox.v1.ExternalVoice"]["properties"]) == set(providers())


@pytest.mark.parametrize("provider", providers().values(), ids=lambda one: one.key)
def test_field_labels_are_readable_and_distinct(provider: Provider) -> None:
    labels = [(field.name.rpartition(".")[0], field.label) for field in provider.fields]
    assert len(set(labels)) == len(labels)
    assert all(label[0].isupper() and len(label) <= 40 for _, label in labels)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (Field("a", "A", minimum=0, maximum=1), "0 to 1"),
        (Field("a", "A", minimum=0.25), "at least 0.25"),
        (Field("a", "A", maximum=2), "at most 2"),
        (Field("a", "A", minimum=0, maximum=1, is_minimum_excluded=True), "more than 0, at most 1"),
        (Field("a", "A", minimum=-1, excluded=(0,)), "at least -1, but not 0"),
        (Field("a", "A"), ""),
    ],
)
def test_range_of_a_setting_is_described_in_words(field: Field, told: str) -> None:
    assert field.range == told
    assert field.allows(0.5)
