"""The fault matrix: one worker, one sandbox, all rows at once; each ends, with at most one voice at Althea."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_key, make_sample
from tests.faults.rows import Played, Row, begin, look, look_at, me, post
from tests.faults.running import LiveWorker, until
from tests.sandbox.live import LiveSandbox, free_port
from voices.actions.clone.submit import retry_clone, submit_clone
from voices.actions.consents.stating import draft_consent
from voices.models import CloneJob, Endpoint, KeyState, State

# Each test reads what its module's fixtures have committed; a test's own transaction stays empty.
pytestmark = pytest.mark.django_db

ADOPTED = "voice.adopted"
FAILED = State.FAILED
SIZE = {"file": ["Audio file is too short or silent."]}
REFUSED = {"detail": "Invalid API key"}
SOON = {"Retry-After": "1"}

ROWS = (
    Row("02-connection-refused", (), FAILED, "not_sent", posts=0, voices=0, endpoint=Endpoint.ALTHEA),
    Row("05-accepts-then-hangs", [post("hang", times=2)], FAILED, "unknown", posts=2, voices=0),
    Row("06-reset-in-mid-body", [post("drop", how="rst", at=100_000)], posts=2),
    Row("07-made-then-dropped", [post("drop", commit=True)], made=ADOPTED),
    Row("08-made-then-reset", [post("drop", how="rst", commit=True)], made=ADOPTED),
    Row("09-headers-truncated", [post("truncate", part="headers")], made=ADOPTED),
    Row("10-body-truncated", [post("truncate")], made=ADOPTED),
    Row("11-made-then-hangs", [post("hang", commit=True)], made=ADOPTED),
    Row("12-drips", [post("drip", rate=40)], made=ADOPTED),
    Row("13-garbage-once", [post("garbage")], posts=2),
    Row("13-garbage-for-ever", [post("garbage", times=2)], FAILED, "unknown", posts=2, voices=0),
    Row("14-500-made", [post("status", status=500, commit=True)], made=ADOPTED),
    Row("14-500-not-made", [post("status", status=500, body="<h1>Server Error</h1>")], posts=2),
    Row("15-502-made", [post("status", status=502, commit=True)], made=ADOPTED),
    Row("15-504-not-made", [post("status", status=504)], posts=2),
    Row("15-503-made", [post("status", status=503, headers=SOON, commit=True)], made=ADOPTED),
    Row("15-503-not-made", [post("status", status=503, headers=SOON)], posts=2),
    Row("16-429-in-seconds", [post("throttle", seconds=1, times=2)], posts=3),
    Row("16-429-by-date", [post("throttle", seconds=2, form="date")], posts=2),
    Row("16-429-at-the-look-up", [look("throttle", seconds=1)]),
    Row(
        "16-429-and-429-again", [post("throttle", seconds=0, times=4)], FAILED, "throttled", posts=4, voices=0
    ),
    Row("16-429-then-dropped", [post("throttle", seconds=0), post("drop", at=9_000)], posts=3),
    Row("17-key-refused", [post("status", status=403, body=REFUSED), me("status", status=403, body=REFUSED)],
        FAILED, "key_refused", voices=0),
    Row("17-a-good-key-refused", [post("status", status=403, body=REFUSED)], FAILED, "forbidden", voices=0),
    Row("17-proxy-blocks", [post("status", status=403, body="<h1>Forbidden</h1>")], FAILED, "blocked", voices=0),
    Row("18-name-taken-field", [post("duplicate")], FAILED, "name_taken", voices=0),
    Row("18-name-taken-list", [post("duplicate", wording="list")], FAILED, "name_taken", voices=0),
    Row("18-made-then-name-taken", [post("duplicate", commit=True)], made=ADOPTED),
    Row("18-bad-audio", [post("status", status=400, body=SIZE)], FAILED, "invalid", voices=0),
    Row("18-too-large", [post("status", status=413, body="<html></html>")], FAILED, "invalid", voices=0),
    Row("18-account-full", [post("limit")], FAILED, "limit_reached", voices=0),
    Row("19-201-with-html", [post("html", commit=True)], made=ADOPTED),
    Row("19-no-voice-id", [post("no_id")], made=ADOPTED),
    Row("19-5-mb-of-json", [post("huge")], made=ADOPTED),
    Row("19-unknown-fields", [post("extra")]),
    Row("20-seen-late", [post("late", seconds=4.5, delay=30, commit=True)], made=ADOPTED),
    Row("21-look-ups-fail", [post("drop", commit=True), look("status", skip=1, times=2)], made=ADOPTED),
    Row(
        "21-no-look-up-answers",
        [post("drop", commit=True), look("garbage", skip=1, times=4)], FAILED, "unknown",
    ),
)  # fmt: skip
BY_ID = {row.id: row for row in ROWS}
# What a person may try again as it is, once Althea is well: how often the recording goes out then, and the verb.
RETRIED = {
    "05-accepts-then-hangs": (1, "voice.cloned"),
    "13-garbage-for-ever": (1, "voice.cloned"),
    "16-429-and-429-again": (1, "voice.cloned"),
    "17-key-refused": (1, "voice.cloned"),
    "18-account-full": (1, "voice.cloned"),
    "21-no-look-up-answers": (0, ADOPTED),
}


@pytest.fixture(scope="module")
def worker(
    stage: Cast, sandbox: LiveSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveWorker]:
    """The worker; nobody listens where it looks for Althea."""
    refusing = f"http://127.0.0.1:{free_port()}"
    with LiveWorker(tmp_path_factory.mktemp("worker"), sandbox, althea_url=refusing) as running:
        yield running


def all_ended() -> bool:
    return not CloneJob.objects.live().exists()


@pytest.fixture(scope="module")
def played(worker: LiveWorker, stage: Cast, sandbox: LiveSandbox) -> dict[str, Played]:
    """Every row, run to its end."""
    jobs = [begin(row, member=stage.ed, sandbox=sandbox) for row in ROWS]
    until(all_ended, "every job has ended")
    return {job.name: look_at(job, sandbox) for job in jobs}


@pytest.fixture(scope="module")
def retried(played: dict[str, Played], stage: Cast, sandbox: LiveSandbox) -> dict[str, Played]:
    """The rows that may be tried again, tried again with an Althea that works."""
    sandbox.clear()
    before = {name: len(played[name].posts) for name in RETRIED}
    jobs = [retry_clone(member=stage.ed, job=played[name].job, now=timezone.now()) for name in RETRIED]
    until(all_ended, "every job has ended again")
    again = {job.name: look_at(job, sandbox) for job in jobs}
    for name, row in again.items():
        row.posts = row.posts[before[name] :]
    return again


@pytest.fixture(scope="module")
def doubled(worker: LiveWorker, stage: Cast, sandbox: LiveSandbox) -> tuple[set[CloneJob], Played]:
    """Row 25: the jobs that one form made in four tabs at once, and their result."""
    key, sample, token = make_key(stage.ed, secret=sandbox.key()), make_sample(stage.ed), uuid4()

    def submit(_: int) -> CloneJob:
        try:
            return submit_clone(
                member=stage.ed, key=key, sample=sample, form_token=token,
                consent=draft_consent(team=stage.ed.team, basis="own"),
                name="25-twice", description="", language="en", now=timezone.now(),
            )  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as tabs:
        jobs = set(tabs.map(submit, range(4)))
    until(all_ended, "the job has ended")
    return jobs, look_at(min(jobs, key=str), sandbox)


@pytest.fixture(scope="module")
def exit_code(worker: LiveWorker) -> int:
    """The exit code of the worker after SIGTERM."""
    return worker.stop()


@pytest.mark.parametrize("name", BY_ID)
def test_job_ends_as_expected_with_at_most_one_voice(played: dict[str, Played], name: str) -> None:
    row, result = BY_ID[name], played[name]
    job = result.job
    assert (job.state, job.problem) == (row.state, row.problem), job.message
    assert job.ended_at is not None
    assert job.lease_until is None
    assert job.message or row.state == State.CREATED
    assert (result.voices, len(result.posts)) == (row.voices, row.posts)
    assert result.verbs == ([row.made] if row.state == State.CREATED else [])
    with job.sample.file.open("rb") as recording:
        assert len(recording.read()) == job.sample.sent_size_bytes


def test_field_errors_name_their_field(played: dict[str, Played]) -> None:
    assert played["18-name-taken-field"].job.field_errors[0][0] == "name"
    assert played["18-bad-audio"].job.field_errors == [["file", "Audio file is too short or silent."]]


def test_only_the_refused_key_is_marked(played: dict[str, Played]) -> None:
    states = {name: result.job.key.state for name, result in played.items()}
    assert states.pop("17-key-refused") == KeyState.REFUSED
    assert set(states.values()) == {KeyState.OK}


def test_unknown_voice_fields_are_stored(played: dict[str, Played]) -> None:
    voice = played["19-unknown-fields"].job.voice
    assert voice.raw["quality"] == {"stars": 5}
    assert voice.billing_style == "VOICE_BILLING_STYLE_METERED"


def test_refused_connection_is_tried_three_times(played: dict[str, Played]) -> None:
    assert played["02-connection-refused"].job.attempts == 3


@pytest.mark.parametrize("name", RETRIED)
def test_retried_job_makes_exactly_one_voice(retried: dict[str, Played], name: str) -> None:
    posts, verb = RETRIED[name]
    result = retried[name]
    assert (result.job.state, result.voices, len(result.posts)) == (State.CREATED, 1, posts), (
        result.job.message
    )
    assert result.verbs == [verb]


def test_concurrent_form_posts_make_one_job(doubled: tuple[set[CloneJob], Played]) -> None:
    jobs, result = doubled
    assert len(jobs) == 1
    assert (result.job.state, result.voices, len(result.posts)) == (State.CREATED, 1, 1)


def test_worker_stops_on_sigterm_without_a_traceback(exit_code: int, worker: LiveWorker) -> None:
    assert exit_code == 0
    assert "Traceback" not in worker.output.read_text()
