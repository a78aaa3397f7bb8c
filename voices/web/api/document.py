"""The OpenAPI document: what ninja derives from the operations, and the errors that each of them may answer with."""

from typing import Any

from ninja import NinjaAPI
from pydantic.json_schema import models_json_schema

from voices.web.api.catalogue import CATALOGUE, MEDIA_TYPE
from voices.web.api.schemas import FieldError, Problem

READING_ERRORS = (400, 401, 403, 422, 429, 500, 503)
CHANGING_ERRORS = (409, 413)
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def openapi_document(api: NinjaAPI, *, site: str) -> dict[str, Any]:
    """Return the whole document for that site."""
    document: dict[str, Any] = dict(api.get_openapi_schema())
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            operation["responses"] |= _errors(path, method)
    document["components"]["schemas"] |= _problem_schemas()
    document["servers"] = [{"url": site}]
    return document


def _errors(path: str, method: str) -> dict[str, Any]:
    statuses = [
        *READING_ERRORS,
        *(CHANGING_ERRORS if method != "get" else ()),
        *([404] if "{" in path else []),
    ]
    return {str(status): _described(status) for status in sorted(statuses)}


def _described(status: int) -> dict[str, Any]:
    of_status = [one for one in CATALOGUE.values() if one.status == status]
    return {
        "description": " ".join(f"`{one.code}`: {one.title}." for one in of_status),
        "content": {MEDIA_TYPE: {"schema": PROBLEM}},
    }


def _problem_schemas() -> dict[str, Any]:
    models = [(Problem, "serialization"), (FieldError, "serialization")]
    _, found = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # literals
    schemas: dict[str, Any] = found["$defs"]
    return schemas
