"""Workers killed in mid-work, stopped in mid-call, two at once, and an Althea whose name leads nowhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_job, make_key
from tests.faults.rows import VOICES, Played, Row, begin, look, look_at, post
from tests.faults.running import LiveWorker, until
from tests.sandbox.live import LiveSandbox
from tests.webhooks.receiver import Receiver, Reply, receiving
from voices.actions.notices.endpoints import add_endpoint, send_test
from voices.models import CloneJob, DeliveryState, Endpoint, State, WebhookDelivery

# Each test reads what its module's fixtures have committed; a test's own transaction stays empty.
pytestmark = pytest.mark.django_db

ADOPTED = "voice.adopted"
NOWHERE = "https://althea.invalid"
BEFORE = "22-killed-before-sending"
AFTER = "22-killed-after-sending"
MADE = "22-killed-after-201"
STOPPED = "22-told-to-stop-while-sending"
NO_NAME = "01-no-such-host"
ROWS = (
    Row(BEFORE, [look("delay", delay=60)]),
    Row(AFTER, [post("hang")], posts=2),
    Row(MADE, [post("drip", rate=20)], made=ADOPTED),
    Row(STOPPED, [post("hang", commit=True)], made=ADOPTED),
    Row(NO_NAME, (), State.FAILED, "not_sent", posts=0, voices=0, endpoint=Endpoint.ALTHEA),
)
BY_ID = {row.id: row for row in ROWS}
CROWD = 12
TOLD_TWICE = [Reply(hangs=True), Reply()]  # the receiver has it both times, and answers the second one


@dataclass
class Story:
    """What was seen on the way, and what came of it."""

    killed: dict[str, str]
    stopped: tuple[int, str]
    played: dict[str, Played]
    crowd: list[Played]
    told: Receiver
    delivery: WebhookDelivery


@dataclass
class Stage:
    """What the story needs."""

    cast: Cast
    sandbox: LiveSandbox
    folder: Path

    def worker(self) -> LiveWorker:
        """Another worker."""
        return LiveWorker(self.folder, self.sandbox, althea_url=NOWHERE)

    def seen(self, job: CloneJob, method: str, *, made: bool = False) -> bool:
        """Whether Althea has got this call of the job, and made the voice."""
        calls: list[dict[str, Any]] = self.sandbox.log(method=method, path=VOICES)
        mine = [call for call in calls if call["key"] == job.key.prefix]
        return any(call["committed"] or not made for call in mine)


def stop_in_mid_call(stage: Stage, job: CloneJob) -> tuple[int, str]:
    """The exit code of a worker that is told to stop while it sends, and the state it leaves."""
    with stage.worker() as worker:
        until(lambda: stage.seen(job, "POST", made=True), "the voice is made")
        code = worker.stop()
    return code, look_at(job, stage.sandbox).job.state


def webhook_of(cast: Cast, receiver: Receiver) -> WebhookDelivery:
    """A message that waits for a worker."""
    now = timezone.now()
    with override_settings(WEBHOOKS_LOOPBACK=True):
        endpoint, _ = add_endpoint(member=cast.ada, url=receiver.url, kinds=["voice.gone"], now=now)
    return send_test(member=cast.ada, endpoint=endpoint, now=now)


def kill_in_mid_work(
    stage: Stage, before: CloneJob, after: CloneJob, made: CloneJob, told: Receiver
) -> dict[str, str]:
    """The states that a killed worker leaves."""
    with stage.worker() as worker:
        until(lambda: told.requests, "the webhook is sent")
        until(lambda: stage.seen(before, "GET"), "the name is looked up")
        until(lambda: stage.seen(after, "POST"), "the recording is under way")
        until(lambda: stage.seen(made, "POST", made=True), "the voice is made")
        worker.kill()
    return {job.name: look_at(job, stage.sandbox).job.state for job in (before, after, made)}


def crowd(stage: Stage, like: CloneJob) -> list[CloneJob]:
    """Ready jobs of one key that two idle workers see at the same moment."""
    facts = {"key": make_key(stage.cast.ed, secret=stage.sandbox.key()), "sample": like.sample}
    return [make_job(stage.cast.ed, name=f"31-crowd-{number}", **facts) for number in range(CROWD)]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        one.replies = list(TOLD_TWICE)
        yield one


@pytest.fixture(scope="module")
def story(
    stage: Cast, sandbox: LiveSandbox, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    """One worker stopped, one killed, then two at once that finish it all."""
    scene = Stage(stage, sandbox, tmp_path_factory.mktemp("workers"))
    jobs = {STOPPED: begin(BY_ID[STOPPED], member=stage.ed, sandbox=sandbox)}
    stopped = stop_in_mid_call(scene, jobs[STOPPED])
    jobs |= {row.id: begin(row, member=stage.ed, sandbox=sandbox) for row in ROWS if row.id != STOPPED}
    sent = webhook_of(stage, receiver)
    killed = kill_in_mid_work(scene, jobs[BEFORE], jobs[AFTER], jobs[MADE], receiver)
    with scene.worker(), scene.worker():
        until(lambda: look_at(jobs[STOPPED], sandbox).job.state == State.CREATED, "a new worker works")
        more = crowd(scene, jobs[BEFORE])
        until(lambda: not CloneJob.objects.live().exists(), "every job has ended")
        until(lambda: not WebhookDelivery.objects.live().exists(), "the webhook is delivered")
    sent.refresh_from_db()
    played = {name: look_at(job, sandbox) for name, job in jobs.items()}
    return Story(killed, stopped, played, [look_at(job, sandbox) for job in more], receiver, sent)


def test_killed_worker_leaves_the_job_in_its_state(story: Story) -> None:
    assert story.killed == {BEFORE: State.READY, AFTER: State.SENDING, MADE: State.SENDING}


def test_stopped_worker_releases_its_job(story: Story) -> None:
    assert story.stopped == (0, State.UNKNOWN)


@pytest.mark.parametrize("name", BY_ID)
def test_the_job_ends_with_at_most_one_voice(story: Story, name: str) -> None:
    row, came = BY_ID[name], story.played[name]
    assert (came.job.state, came.job.problem) == (row.state, row.problem), came.job.message
    assert (came.voices, len(came.posts)) == (row.voices, row.posts)
    assert came.verbs == ([row.made] if row.state == State.CREATED else [])


@pytest.mark.parametrize("name", [BEFORE, AFTER, MADE])
def test_crash_is_counted(story: Story, name: str) -> None:
    assert story.played[name].job.crashes == 1


def test_webhook_without_a_stored_answer_is_sent_once_more(story: Story) -> None:
    sent = story.delivery
    assert story.told.ids == [sent.notice.message_id] * 2
    assert story.told.requests[0][1] == story.told.requests[1][1]
    assert (sent.state, sent.status, sent.answer, sent.problem) == (
        DeliveryState.DELIVERED,
        200,
        "thanks",
        "",
    )
    assert (sent.attempts, sent.crashes, sent.lease_until) == (2, 0, None)


def test_unresolvable_host_is_tried_three_times_and_explained(story: Story) -> None:
    job = story.played[NO_NAME].job
    # Where nothing resolves names at all, the wait for one ends first.
    assert (job.attempts, job.message.split(":")[0].rstrip(".")) == (3, "Can't reach Althea")


def test_two_workers_never_take_the_same_job(story: Story) -> None:
    assert {came.job.state for came in story.crowd} == {State.CREATED}
    assert [came.voices for came in story.crowd] == [1] * CROWD
    holders = {came.job.lease_holder for came in story.crowd}
    assert len(holders) <= 2


def test_each_of_many_jobs_is_sent_once(story: Story) -> None:
    assert {len(came.posts) for came in story.crowd} == {CROWD}  # they share a key, so each sees all posts
