"""Cloning by the API."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.base import Cast
from tests.builders import make_job, make_key, make_sample
from tests.sounds import speech_wav
from tests.web.api.programs import program
from voices.models import ApiKey, Approval, CloneJob, Consent, ConsentStatement, State, Team

VOICES = "/api/v1/voices"
WAV = speech_wav(seconds=12)


@pytest.fixture
def key(cast: Cast) -> ApiKey:
    return make_key(cast.ed)


def fields(cast: Cast, **changed: Any) -> dict[str, Any]:
    """What a program sends to clone Ed's own voice."""
    statement = ConsentStatement.objects.current(cast.northwind)["en"]
    given = {
        "file": SimpleUploadedFile("marlene.wav", WAV, "audio/wav"), "name": "Marlene", "language": "de-DE",
        "consent": "own", "statement": statement.reference, "agreed": "true", "expiresOn": "2999-12-31",
    }  # fmt: skip
    return {name: value for name, value in (given | changed).items() if value is not None}


def test_clone_answers_with_the_job_and_where_to_ask(cast: Cast, key: ApiKey) -> None:
    client = program(cast.ed, "clone")
    answer = client.post(VOICES, fields(cast))
    job, consent = CloneJob.objects.get(), Consent.objects.get()
    assert (answer.status_code, answer["Location"]) == (202, f"/api/v1/jobs/{job.pk}")
    assert (job.name, job.language, job.key, job.filename) == ("Marlene", "de-DE", key, "marlene.wav")
    assert (consent.basis, str(consent.expires_on), consent.stated_by) == ("own", "2999-12-31", cast.ed.user)
    polled = client.get(answer["Location"])
    assert (polled.json()["state"], polled.json()["isRunning"], polled["Retry-After"]) == ("ready", True, "2")


def test_clone_of_somebody_else_waits_for_a_second_person(cast: Cast, key: ApiKey) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(two_person_rule=True)
    agreed = {"consent": "agreed", "speaker": "Ana Ruiz", "relation": "actor"}
    answer = program(cast.ed, "clone").post(VOICES, fields(cast, **agreed)).json()
    assert (answer["state"], answer["isRunning"], answer["canRetry"]) == ("held", True, False)
    assert answer["sentence"].startswith("Waiting for another editor or admin")
    assert Approval.objects.get().job_id == CloneJob.objects.get().pk


def test_clone_over_the_monthly_limit_is_refused(cast: Cast, key: ApiKey) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(monthly_clones=0)
    answer = program(cast.ed, "clone").post(VOICES, fields(cast))
    assert (answer.status_code, answer.json()["code"]) == (409, "quota_reached")
    assert not CloneJob.objects.exists()


def test_same_idempotency_key_gives_the_same_job(cast: Cast, key: ApiKey) -> None:
    client = program(cast.ed, "clone")
    headers = {"Idempotency-Key": "import 7"}
    answers = [client.post(VOICES, fields(cast), headers=headers) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert CloneJob.objects.count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Sora"},
        {"language": "en"},
        {"description": "Calm"},
        {"consent": "made", "statement": None, "agreed": None},
        {"expiresOn": "2998-12-31"},
        {"file": SimpleUploadedFile("marlene.wav", speech_wav(seconds=13), "audio/wav")},
    ],
)
def test_idempotency_key_with_other_content_is_refused(
    cast: Cast, key: ApiKey, changed: dict[str, Any]
) -> None:
    client = program(cast.ed, "clone")
    headers = {"Idempotency-Key": "import 7"}
    client.post(VOICES, fields(cast), headers=headers)
    answer = client.post(VOICES, fields(cast, **changed), headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "idempotency_key_reused")
    assert problem["detail"] == (
        "This idempotency key was sent before, for “Marlene” and with other content."
    )
    assert problem["errors"] == [{"field": "Idempotency-Key", "detail": problem["detail"]}]
    assert CloneJob.objects.count() == 1
    dry = client.post(f"{VOICES}?dryRun=true", fields(cast, name="Sora"), headers=headers)
    assert dry.json()["code"] == "idempotency_key_reused"
    assert client.post(VOICES, fields(cast), headers=headers).json()["id"] == str(CloneJob.objects.get().pk)


def test_idempotency_key_is_the_tokens_own(cast: Cast, key: ApiKey) -> None:
    make_key(cast.ada)
    make_key(cast.sam)
    clients = [program(who, "clone") for who in (cast.ed, cast.ed, cast.ada, cast.sam)]
    names = ("One", "Two", "Three", "Four")
    made = fields(cast, consent="made", statement=None, agreed=None)
    answers = [
        client.post(
            VOICES, {**made, "name": name, "file": fields(cast)["file"]}, headers={"Idempotency-Key": "1"}
        )
        for client, name in zip(clients, names, strict=True)
    ]
    assert [one.status_code for one in answers] == [202] * 4
    assert set(CloneJob.objects.values_list("name", flat=True)) == set(names)


def test_refused_request_leaves_its_idempotency_key_free(cast: Cast, key: ApiKey) -> None:
    client = program(cast.ed, "clone")
    headers = {"Idempotency-Key": "import 7"}
    assert client.post(VOICES, fields(cast, language="??"), headers=headers).status_code == 422
    assert client.post(VOICES, fields(cast), headers=headers).status_code == 202


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_idempotency_key_has_up_to_255_characters(cast: Cast, key: ApiKey, name: str) -> None:
    answer = program(cast.ed, "clone").post(VOICES, fields(cast), headers={"Idempotency-Key": name})
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_repeat_without_a_key_says_that_the_name_is_in_use(cast: Cast, key: ApiKey) -> None:
    client = program(cast.ed, "clone")
    client.post(VOICES, fields(cast))
    answer = client.post(VOICES, fields(cast))
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "name_in_use", "name")


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"file": None}, {"file"}),
        ({"file": SimpleUploadedFile("a.wav", b"no sound")}, {"file"}),
        ({"name": "x" * 41, "language": "??"}, {"name", "language"}),
        ({"consent": None}, {"consent"}),
        ({"agreed": None}, {"agreed"}),
        ({"consent": "agreed"}, {"speaker", "relation"}),
        ({"expiresOn": "soon"}, {"expiresOn"}),
        ({"key": str(uuid4())}, {"key"}),
    ],
)
def test_every_wrong_field_is_named(
    cast: Cast, key: ApiKey, changed: dict[str, Any], wrong: set[str]
) -> None:
    answer = program(cast.ed, "clone").post(VOICES, fields(cast, **changed))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert {one["field"] for one in answer.json()["errors"]} == wrong
    assert not CloneJob.objects.exists()


def jobs(client: Client, *path: str, **sent: str) -> Any:
    """The answer to a request about jobs."""
    return client.post("/".join(["/api/v1/jobs", *path])) if path else client.get("/api/v1/jobs", sent)


def test_jobs_are_listed_page_by_page_newest_first(cast: Cast, key: ApiKey) -> None:
    sample = make_sample(cast.ed)
    for name in ("One", "Two", "Three"):
        make_job(cast.ed, name=name, key=key, sample=sample)
    client = program(cast.ed, "read")
    first = jobs(client, pageSize="2").json()
    second = client.get(first["next"]).json()
    assert [[one["name"] for one in page["results"]] for page in (first, second)] == [
        ["Three", "Two"],
        ["One"],
    ]
    assert second["next"] is None
    assert jobs(client, cursor="broken").json()["field"] == "cursor"
    assert jobs(client, pageSize="101").json()["field"] == "pageSize"


def test_job_is_cancelled_once_and_a_failed_one_retried(cast: Cast, key: ApiKey) -> None:
    sample = make_sample(cast.ed)
    ready = make_job(cast.ed, name="One", key=key, sample=sample)
    failed = make_job(cast.ed, name="Two", key=key, sample=sample, state=State.FAILED, problem="forbidden")
    client = program(cast.ed)
    assert jobs(client, str(ready.pk), "cancel").json()["state"] == "cancelled"
    again = jobs(client, str(ready.pk), "cancel")
    assert (again.status_code, again.json()["code"]) == (409, "not_possible")
    assert jobs(client, str(failed.pk), "retry").json()["state"] == "ready"
