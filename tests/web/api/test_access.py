"""Who may do what by the API: every operation x who asks x what the token allows. One without a row fails.

Northwind's editor Ed owns the job, the key and the voice. A program without a token is told so before anything else.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.web.api.programs import program
from tests.web.routes import NOWHERE, World, make_world
from tests.web.snapshots import snapshot
from voices.models import Alias, Membership, Tag
from voices.web.api.document import openapi_document
from voices.web.api.urls import api

ASKING = ("none", "other", "viewer", "editor", "owner", "admin", "team", "removed", "read", "clone", "manage")
Cells = tuple[int, ...]
READS: Cells = (401, 200, 200, 200, 200, 200, 200, 401, 200, 200, 200)
# A thing of the team: of another team's, nobody learns that it exists.
READS_THING: Cells = (401, 404, 200, 200, 200, 200, 200, 401, 200, 200, 200)
# A token without the scope is refused whatever the role; Ed's three tokens are those of the last columns.
ORGANISES: Cells = (401, 404, 403, 200, 200, 200, 200, 401, 403, 403, 200)
JOB: Cells = (401, 404, 404, 404, 200, 200, 404, 401, 200, 200, 200)
CHANGES_JOB: Cells = (401, 404, 404, 404, 200, 200, 404, 401, 403, 200, 403)

TABLE: dict[str, Cells] = {
    "listVoices": READS,
    "getVoice": READS_THING,
    "getPreview": READS_THING,
    # Nothing answers where Ed's key leads; others have none, and Eve uses the steward's.
    "getUsage": (401, 404, 503, 503, 503, 503, 503, 401, 503, 503, 503),
    # Only Ed has a key; an empty form says what is missing.
    "cloneVoice": (401, 409, 403, 409, 422, 409, 403, 401, 403, 422, 403),
    "createProviderVoice": (401, 409, 403, 409, 202, 409, 403, 401, 403, 202, 403),
    "setVoiceTags": ORGANISES,
    "setVoiceStage": ORGANISES,
    "listTags": READS,
    "listAliases": READS,
    "resolveAlias": READS_THING,
    "putAlias": ORGANISES,
    "removeAlias": tuple(204 if cell == 200 else cell for cell in ORGANISES),
    "getSync": READS,
    # Southwind has no account to sync with.
    "startSync": (401, 409, 403, 202, 202, 202, 202, 401, 403, 403, 202),
    "listJobs": READS,
    "getJob": JOB,
    "cancelJob": CHANGES_JOB,
    "retryJob": CHANGES_JOB,
    "listStatements": READS,
    "listKeys": READS,
}
# An engine of the team's own takes no provider's key, which Althea would be asked for.
ENGINE = {"generic": {"url": "https://tts.example.com/speak", "body": {"text": "{text}"}}}


@pytest.fixture
def world(cast: Cast, settings: Settings) -> World:
    settings.SANDBOX_URL = settings.ALTHEA_URL = NOWHERE
    return make_world(cast)


def operations() -> Iterator[tuple[str, str, str]]:
    """Yield the id, method and path of every operation."""
    for path, methods in openapi_document(api, site="")["paths"].items():
        yield from ((one["operationId"], method, path) for method, one in methods.items())


def programs(world: World) -> dict[str, Client]:
    """Who asks, by the columns of the table."""
    cast = world.cast
    left = Membership.objects.create(user=world.staff, team=cast.northwind, role="admin")
    removed = program(left)
    left.delete()
    return {
        "none": Client(), "other": program(cast.sam), "viewer": program(cast.vera), "editor": program(world.eve),
        "owner": program(cast.ed), "admin": program(cast.ada), "team": program(cast.ada, of_team=True),
        "removed": removed, **{scope: program(cast.ed, scope) for scope in ("read", "clone", "manage")},
    }  # fmt: skip


def address(world: World, operation: str, path: str) -> str:
    """The path with the records of the world."""
    job = world.ready if operation == "cancelJob" else world.failed
    ids = {"{voice_id}": world.voice.pk, "{job_id}": job.pk, "{name}": world.alias.name}
    for placeholder, value in ids.items():
        path = path.replace(placeholder, str(value))
    return path


def body(world: World, operation: str) -> dict[str, Any] | None:
    """What a change sends."""
    bodies = {
        "createProviderVoice": {"name": "Sora", "definition": ENGINE},
        "setVoiceTags": {"tags": ["Warm"]},
        "setVoiceStage": {"stage": "approved"},
        "putAlias": {"voice": str(world.voice.pk)},
    }
    return bodies.get(operation)


def test_every_operation_has_a_row() -> None:
    assert {operation for operation, _, _ in operations()} == TABLE.keys()


def test_every_program_gets_the_status_of_the_table(world: World) -> None:
    asking = programs(world)
    for client in asking.values():
        client.get("/api/v1/statements")  # that they are used is noted once
    before = state()
    for operation, method, path in operations():
        url, sent = address(world, operation, path), json_of(body(world, operation))
        found = [status_of(asking[who], method, url, sent) for who in ASKING]
        wanted = dict(zip(ASKING, TABLE[operation], strict=True))
        assert (operation, dict(zip(ASKING, found, strict=True))) == (operation, wanted)
    assert state() == before


def status_of(client: Client, method: str, url: str, sent: str) -> int:
    """The status of one request; what it changed is undone, so that the next one meets the same world."""
    with transaction.atomic():
        answer = client.generic(method.upper(), url, sent, "application/json")
        transaction.set_rollback(answer.status_code < 300)
    assert answer.status_code < 400 or answer["Content-Type"] == "application/problem+json"
    return int(answer.status_code)


def json_of(value: dict[str, Any] | None) -> str:
    """The value as JSON; nothing for None."""
    return "" if value is None else json.dumps(value)


def state() -> str:
    """Every record that an operation could change, as text."""
    with connection.cursor() as cursor:
        rows = []
        for kind in (Tag, Alias):
            cursor.execute(f"SELECT * FROM {kind._meta.db_table} ORDER BY 1")  # noqa: S608  # our own tables
            rows += cursor.fetchall()
    return snapshot() + str(rows)


def test_lowered_role_counts_at_the_next_request(world: World) -> None:
    client, url = program(world.cast.ed), f"/api/v1/voices/{world.voice.pk}/stage"
    sent = {"stage": "approved"}
    assert client.put(url, sent, "application/json").status_code == 200
    Membership.objects.filter(pk=world.cast.ed.pk).update(role="viewer")
    assert client.put(url, sent, "application/json").status_code == 403
