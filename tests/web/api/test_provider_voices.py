"""Voices from a provider's settings by the API."""

from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.base import Cast
from tests.builders import make_key
from tests.sandbox_voices import Living
from tests.web.api.programs import program
from voices.actions.voice.create import definition_of
from voices.kit.secret import Secret
from voices.models import AuditEntry, CloneJob, State, Team

LMNT = {"lmnt": {"voiceId": "lily", "speed": 1.25}}
URL = "/api/v1/voices/from-provider"
TOKEN = "Bearer sk-live-4f9a7c21d0e84b"
GENERIC = {
    "generic": {
        "url": "https://tts.example.com/speak",
        "headers": {"Authorization": TOKEN},
        "body": {"text": "{text}", "voice": 7},
    }
}


def at(url: str) -> dict[str, Any]:
    """The engine at another address."""
    return {"generic": GENERIC["generic"] | {"url": url}}


def send(client: Client, definition: Any, *, query: str = "", once: str = "", **given: Any) -> HttpResponse:
    """The answer to a program that creates a voice."""
    body = {"name": "Marlene", "language": "de-DE", "definition": definition} | given
    headers = {"Idempotency-Key": once} if once else {}
    answer: HttpResponse = client.post(f"{URL}{query}", body, "application/json", headers=headers)
    return answer


@pytest.fixture
def client(cast: Cast) -> Client:
    make_key(cast.ed)
    return program(cast.ed, "clone")


def test_create_answers_with_the_job_and_seals_the_settings(cast: Cast, client: Client) -> None:
    answer = send(client, GENERIC, description="Calm")
    job = CloneJob.objects.get()
    assert (answer.status_code, answer["Location"], answer["Retry-After"]) == (
        202,
        f"/api/v1/jobs/{job.pk}",
        "2",
    )
    found = answer.json()
    assert (found["provider"], found["name"], found["state"]) == ("generic", "Marlene", "ready")
    assert (found["language"], found["description"], found["isRunning"]) == ("de-DE", "Calm", True)
    assert client.get(answer["Location"]).json()["provider"] == "generic"
    assert (job.actor, job.sample, job.consent) == (cast.ed.user, None, None)
    assert TOKEN.encode() not in bytes(job.sealed_definition or b"")
    assert definition_of(job)["generic"] == GENERIC["generic"] | {"headers": {"Authorization": Secret(TOKEN)}}
    [entry] = AuditEntry.objects.filter(verb="clone.submitted")
    assert (entry.facts["provider"], TOKEN in str(entry.facts)) == ("generic", False)


def test_create_takes_no_more_than_the_name_and_settings(client: Client) -> None:
    answer = client.post(URL, {"name": "Marlene", "definition": GENERIC}, "application/json").json()
    assert (answer["language"], answer["description"], answer["state"]) == ("en", None, "ready")


def test_create_passes_on_what_only_althea_knows(client: Client) -> None:
    definition = {"generic": GENERIC["generic"] | {"newKnob": {"deep": [1, None]}}}
    assert send(client, definition).status_code == 202
    assert definition_of(CloneJob.objects.get())["generic"]["newKnob"] == {"deep": [1, None]}


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"name": "x" * 41, "language": "??"}, {"name", "language"}),
        ({"name": " "}, {"name"}),
        ({"name": "\ud800"}, {"name"}),
        ({"description": "x" * 241, "definition": {}}, {"description", "definition"}),
        ({"key": str(uuid4())}, {"key"}),
        ({"key": "mine"}, {"key"}),
        ({"definition": LMNT | GENERIC}, {"definition"}),
        ({"definition": {"acme": {}}}, {"definition"}),
        ({"definition": {"lmnt": {"speed": 9}}}, {"definition.lmnt.voiceId", "definition.lmnt.speed"}),
        ({"definition": at("https://10.0.0.7/")}, {"definition.generic.url"}),
        ({"definition": at("http://tts.example.com/")}, {"definition.generic.url"}),
        ({"definition": "lmnt"}, {"definition"}),
        ({"provider": "lmnt"}, {"provider"}),
    ],
)  # fmt: skip
def test_every_wrong_field_is_named(client: Client, sent: dict[str, Any], wrong: set[str]) -> None:
    answer = send(client, **{"definition": GENERIC} | sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert {one["field"] for one in answer.json()["errors"]} == wrong
    assert TOKEN not in answer.content.decode()
    assert not CloneJob.objects.exists()


def test_settings_are_refused_in_the_words_of_the_form(client: Client) -> None:
    problem = send(client, {"lmnt": {"voiceId": "lily", "speed": 9}}).json()
    said = {"field": "definition.lmnt.speed", "detail": "This must be 0.25 to 2."}
    assert (problem["errors"], problem["field"]) == ([said], "definition.lmnt.speed")


def test_body_that_is_no_json_is_refused(client: Client) -> None:
    for body in ("{", '{"name": ' + "[" * 7_000, "\xff"):
        answer = client.post(URL, body.encode("latin-1"), "application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


def test_second_voice_of_a_name_is_refused(client: Client) -> None:
    assert send(client, GENERIC).status_code == 202
    answer = send(client, LMNT)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "name_in_use", "name")


def test_voices_from_providers_are_no_clones_of_the_month(cast: Cast, client: Client) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(monthly_clones=0)
    assert send(client, GENERIC).status_code == 202


def test_dry_run_checks_all_and_keeps_nothing(client: Client) -> None:
    before = AuditEntry.objects.exclude(verb="token.used").count()
    answer = send(client, GENERIC, query="?dryRun=true", once="import 7")
    assert (answer.status_code, answer.json()["provider"], "Location" in answer) == (200, "generic", False)
    assert (CloneJob.objects.count(), AuditEntry.objects.exclude(verb="token.used").count()) == (0, before)
    assert send(client, LMNT, query="?dryRun=true", name="").status_code == 422


def test_idempotency_key_names_one_request(client: Client) -> None:
    first = send(client, GENERIC, once="import 7")
    reordered = {"generic": dict(reversed(GENERIC["generic"].items()))}
    assert send(client, reordered, once="import 7").json()["id"] == first.json()["id"]
    headers = {"Authorization": "Bearer another"}
    others = [LMNT, {"generic": GENERIC["generic"] | {"headers": headers}}]
    answers = [send(client, one, once="import 7") for one in others]
    answers.append(send(client, GENERIC, once="import 7", name="Sora"))
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(422, "idempotency_key_reused")] * 3
    assert CloneJob.objects.count() == 1


def test_idempotency_key_of_another_person_is_another(cast: Cast, client: Client) -> None:
    make_key(cast.sam)
    clients = (client, program(cast.sam, "clone"), program(cast.ed, "clone"))
    answers = [
        send(one, GENERIC, once="1", name=name)
        for one, name in zip(clients, ("One", "Two", "Three"), strict=True)
    ]
    assert ([one.status_code for one in answers], CloneJob.objects.count()) == ([202] * 3, 3)


def test_missing_provider_key_is_told_before_anything_is_sent(cast: Cast, living: Living) -> None:
    living.key(cast.ed)
    client = program(cast.ed, "clone")
    answer = send(client, LMNT)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "not_possible", "key")
    assert "has no LMNT key at Althea" in answer.json()["detail"]
    with living.asking() as http:
        http.patch("/api/accounts/me/tts_api_keys", json={"lmnt": "lm-0123456789"}).raise_for_status()
    assert send(client, LMNT).status_code == 202


def test_engine_of_a_sandbox_may_be_on_this_machine(cast: Cast, living: Living) -> None:
    living.key(cast.ed)
    assert send(program(cast.ed, "clone"), at("http://127.0.0.1:8000/speak")).status_code == 202


def test_failed_job_names_the_settings_that_althea_refused(client: Client) -> None:
    answer = send(client, GENERIC)
    errors = [["definition.generic.url", "Not reachable."]]
    CloneJob.objects.update(state=State.FAILED, problem="invalid", message="No.", field_errors=errors)
    job = client.get(answer["Location"]).json()
    assert job["errors"] == [{"field": "definition.generic.url", "detail": "Not reachable."}]
    assert (job["state"], job["canRetry"]) == ("failed", False)
