"""The documentation of the API as pages, made from its OpenAPI document and its catalogue of problems."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from voices.actions.tokens.budget import UNITS_A_MINUTE
from voices.web.api.catalogue import CATALOGUE
from voices.web.api.document import openapi_document
from voices.web.api.site import site_of
from voices.web.api.urls import api
from voices.web.guard.rates import CLONE_UNITS
from voices.web.http import StudioRequest, team_page

Schema = Mapping[str, Any]
NOTHING: Schema = {}
PLAIN = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
FORMATS = {
    "uuid": "0f1d2c3b-8a9e-4f10-9c55-6f2a1f0f7e21",
    "date-time": "2026-11-28T09:30:00Z",
    "date": "2027-03-31",
}


@dataclass(frozen=True)
class Parameter:
    """A parameter or a field of a request, in words."""

    name: str
    place: str
    meaning: str
    values: str
    is_required: bool


@dataclass(frozen=True)
class Operation:
    """An operation as the page shows it."""

    document: Mapping[str, Any]
    path: str
    method: str
    described: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its name in generated clients, and in the page's address."""
        return str(self.described["operationId"])

    @property
    def summary(self) -> str:
        """What it does, in a few words."""
        return str(self.described["summary"])

    @property
    def description(self) -> str:
        """What it does, in sentences."""
        return str(self.described.get("description", ""))

    @cached_property
    def parameters(self) -> list[Parameter]:
        """What it takes: in the address, the headers and the body."""
        own = [
            Parameter(
                one["name"],
                one["in"],
                one.get("description", ""),
                self._values(one["schema"]),
                one["required"],
            )
            for one in self.described.get("parameters", ())
        ]
        needed = self._body.get("required", ())
        return own + [
            Parameter(name, "body", one.get("description", ""), self._values(one), name in needed)
            for name, one in self._body.get("properties", {}).items()
        ]

    @property
    def _content(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.described.get("requestBody", {}).get("content", {})
        return content

    @property
    def _body(self) -> Schema:
        found = next(iter(self._content.values()), {"schema": NOTHING})["schema"]
        return self._resolved(found)

    def _resolved(self, schema: Schema) -> Schema:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self.document["components"]["schemas"][name] if name else schema

    def _values(self, schema: Schema) -> str:
        schema = self._resolved(schema)
        inner = schema.get("items", schema)
        values = ", ".join(str(one) for one in inner.get("enum", ()))
        default = f"{schema['default']} by default" if schema.get("default") not in {None, False, ""} else ""
        return "; ".join(text for text in (values, default) if text)

    @cached_property
    def response(self) -> str:
        """An example of what it answers, as indented JSON; "" for one without."""
        answers = [one for status, one in self.described["responses"].items() if str(status).startswith("2")]
        content = answers[0].get("content", {}) if answers else {}
        if "application/json" not in content:
            return ""
        shown = self._example(content["application/json"]["schema"])
        return json.dumps(shown, ensure_ascii=False, indent=2)

    def _example(self, schema: Schema) -> Any:
        schema = self._resolved(schema)
        if "examples" in schema:
            return schema["examples"][0]
        if "anyOf" in schema:
            return self._example(schema["anyOf"][0])
        if "enum" in schema or "const" in schema:
            return schema.get("const") or schema["enum"][0]
        if "properties" in schema:
            return {name: self._example(one) for name, one in schema["properties"].items()}
        if schema.get("type") == "array":
            return [self._example(schema.get("items", NOTHING))]
        return PLAIN.get(schema.get("type", ""), FORMATS.get(schema.get("format", ""), "…"))

    @cached_property
    def curl(self) -> str:
        """How to try it in a terminal."""
        path = self.path.replace("{name}", "brand-de").replace("{", "$").replace("}", "")
        lines = [
            f"curl {self.document['servers'][0]['url']}{path}",
            '  -H "Authorization: Bearer $VOICESTUDIO_TOKEN"',
        ]
        if self.method != "get":
            lines.insert(1, f"  -X {self.method.upper()}")
        return " \\\n".join([*lines, *self._sent()])

    def _sent(self) -> Iterator[str]:
        if "multipart/form-data" in self._content:
            sent = {"file": "@marlene.wav", "name": "Marlene", "language": "de-DE", "consent": "own"}
            sent |= {"statement": "$REFERENCE", "agreed": "true"}
            yield from (f'  -F {name}="{value}"' for name, value in sent.items())
        elif self._content:
            shown = {
                name: self._example(one) for name, one in self._body["properties"].items() if name != "seen"
            }
            yield f"  -H 'Content-Type: application/json' -d '{json.dumps(shown)}'"


def operations(document: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """Return the operations by subject."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            one = Operation(document, path, method, described)
            found.setdefault(described["tags"][0], []).append(one)
    return found


@require_safe
@team_page
@gzip_page
def page(request: StudioRequest) -> HttpResponse:
    """Show every operation, with what it takes and answers."""
    site = site_of(request)
    context = {
        "page": "tokens",
        "site": site,
        "groups": operations(openapi_document(api, site=site)),
        "units": UNITS_A_MINUTE,
        "clone_units": CLONE_UNITS,
    }
    return render(request, "api/docs.html", context)


@require_safe
@team_page
@gzip_page
def problems(request: StudioRequest) -> HttpResponse:
    """Show every problem that the API answers with, and what to do; the `type` of each names its place here."""
    return render(request, "api/problems.html", {"page": "tokens", "problems": CATALOGUE.values()})
