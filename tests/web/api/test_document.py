"""The OpenAPI document: schemathesis finds nothing that the API answers otherwise."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.base import Cast
from tests.builders import make_order, make_preview, make_voice
from tests.web.api.programs import make_token
from tests.web.api.test_access import TABLE

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=3, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def open_connection(db: None) -> Iterator[None]:
    """Keep the test's connection open after a request, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def closing(environ: Any, start_response: Any) -> list[bytes]:
    """Our application, with answers closed as a server closes them: schemathesis leaves their uploads open."""
    answer: Any = get_wsgi_application()(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


def test_schemathesis_finds_nothing(cast: Cast, open_connection: None) -> None:
    voice = make_voice(cast.ed)
    make_preview(voice)
    make_order(cast.ed, voice)
    _, value = make_token(cast.ed)
    headers = {"Authorization": f"Bearer {value.reveal()}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", closing)
    tested = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @FEW
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        check()
        tested += 1
    assert tested == len(TABLE)


def test_document_is_public_and_names_everything(db: None) -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert document["components"]["securitySchemes"]["BearerToken"]["scheme"] == "bearer"
    assert "vs_" not in json.dumps(document["paths"])
    for path, methods in document["paths"].items():
        for one in methods.values():
            assert one["summary"], path
            assert one["description"], path
            assert "401" in one["responses"], path
