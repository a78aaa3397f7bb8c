"""Twenty clones through the real web, with faults on 60 % of Althea's answers, web and worker killed in between."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from tests import loopback
from tests.base import Cast
from tests.builders import make_key
from tests.faults.locks import write_lock
from tests.faults.rows import VOICES, Fault, look, post
from tests.faults.running import LiveWeb, LiveWorker, until
from tests.running_studio import hidden
from tests.sandbox.live import LiveSandbox
from tests.sounds import speech_wav
from voices.actions.clone.samples import sweep_unused_samples, sweep_upload_folder
from voices.actions.files import sweep_orphaned_files
from voices.models import CloneJob, PreviewFile, Sample, SavedView, State, Voice
from voices.web.clone.messages import job_message

pytestmark = pytest.mark.django_db

COUNT = 20
SOON = {"Retry-After": "1"}
FAULTS: tuple[list[Fault], ...] = (
    [post("drop", commit=True)],
    [post("drop", how="rst", at=100_000)],
    [post("drop", how="rst", commit=True), look("drop", skip=1)],
    [post("truncate", part="headers"), look("status", skip=1)],
    [post("hang", commit=True)],
    [post("garbage")],
    [post("status", status=500, commit=True), look("garbage", skip=1)],
    [post("status", status=502, body="<h1>Bad Gateway</h1>")],
    [post("status", status=503, headers=SOON)],
    [post("throttle", seconds=1)],
    [post("no_id")],
    [post("html", commit=True), look("hang", skip=1, seconds=1)],
)


@dataclass(frozen=True)
class Order:
    """A clone that somebody wants: its name, and the key it is sent with."""

    name: str
    key: str
    content: bytes


def send(url: str, session: str, order: Order) -> str:
    """Send the form as Ed does, again while the studio does not answer. Return the address of the job."""
    cookies = {settings.SESSION_COOKIE_NAME: session}
    with loopback.client(base_url=url, cookies=cookies, timeout=20) as http:
        page = ask(http, "GET", "/clone/").text
        tokens = {name: hidden(page, name) for name in ("csrfmiddlewaretoken", "form_token")}
        form = {
            **tokens,
            "name": order.name,
            "language": "en",
            "consent": "own",
            "statement": "en.1",
            "agreed": "on",
            "key": order.key,
            "complete": "1",
        }
        file = {"file": (f"{order.name}.wav", order.content, "audio/wav")}
        answer = ask(http, "POST", "/clone/", data=form, files=file)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def ask(http: httpx.Client, method: str, path: str, **content: Any) -> httpx.Response:
    """Return the answer; while there is none, ask again."""
    while True:
        try:
            return http.request(method, path, **content)
        except httpx.TransportError:
            time.sleep(0.1)


def orders(cast: Cast, sandbox: LiveSandbox) -> list[Order]:
    """Twenty clones, each with a key of its own; the first twelve meet a fault."""
    made, recordings = [], [speech_wav(11, seed=seed) for seed in range(3)]
    for number in range(COUNT):
        key = make_key(cast.ed, secret=sandbox.key())
        for fault in FAULTS[number] if number < len(FAULTS) else ():
            sandbox.fault(key=key.prefix, **fault)
        made.append(Order(f"Chaos {number}", str(key.pk), recordings[number % 3]))
    # Decoding a preview takes as long as all the rest of a clone: a few of them are enough here.
    sandbox.fault(effect="status", status=404, method="GET", path="/api/voices/.*/preview", times=COUNT - 4)
    return made


def all_ended() -> bool:
    return not (CloneJob.objects.live().exists() or PreviewFile.objects.live().exists())


@dataclass
class Story:
    """Where the twenty jobs are, and what a form was told while another program wrote; None on PostgreSQL."""

    addresses: list[str]
    refused: httpx.Response | None


@pytest.fixture(scope="module")
def story(stage: Cast, sandbox: LiveSandbox, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """All jobs ended, after the web server and the worker have died and the database was locked on the way."""
    folder, wanted = tmp_path_factory.mktemp("chaos"), orders(stage, sandbox)
    session = stage.login(stage.ed).cookies[settings.SESSION_COOKIE_NAME].value
    with (
        LiveWeb(folder, sandbox) as web,
        LiveWorker(folder, sandbox, althea_url="https://althea.invalid") as worker,
        ThreadPoolExecutor(4) as people,
    ):
        sent = [people.submit(send, web.url, session, order) for order in wanted]
        until(lambda: CloneJob.objects.count() >= 5, "five are accepted")
        web.kill()
        until(lambda: sandbox.log(method="POST", path=VOICES), "one is at Althea")
        worker.kill()
        web.start()
        until(lambda: CloneJob.objects.count() >= 10, "ten are accepted without a worker")
        worker.start()
        found = [one.result(120) for one in sent]
        refused = meet_a_lock(web.url, session) if connection.vendor == "sqlite" else None
        until(all_ended, "every job has ended", seconds=120)
    return Story(found, refused)


def meet_a_lock(url: str, session: str) -> httpx.Response:
    """The answer to a form while another program writes for longer than the web waits, and the worker works."""
    with loopback.client(base_url=url, cookies={settings.SESSION_COOKIE_NAME: session}, timeout=60) as http:
        token = hidden(http.get("/clone/").text, "csrfmiddlewaretoken")
        with write_lock():
            return http.post("/views/save/", data={"csrfmiddlewaretoken": token, "name": "Mine"})


@pytest.fixture
def addresses(story: Story) -> list[str]:
    return story.addresses


@pytest.mark.sqlite_only
def test_change_that_meets_a_long_lock_is_told_in_words(story: Story) -> None:
    assert story.refused is not None
    assert (story.refused.status_code, story.refused.headers["Retry-After"]) == (503, "5")
    assert "Nothing was lost; try again in a moment." in story.refused.text
    assert not SavedView.objects.exists()


def test_no_accepted_form_is_lost_or_doubled(addresses: list[str]) -> None:
    jobs = {f"/clones/{job.pk}/" for job in CloneJob.objects.all()}
    assert len(set(addresses)) == COUNT
    assert jobs == set(addresses)


def test_every_job_has_at_most_one_voice_in_every_place(addresses: list[str], sandbox: LiveSandbox) -> None:
    created = CloneJob.objects.filter(state=State.CREATED).values_list("name", flat=True)
    upstream = Counter(voice["name"] for voice in sandbox.voices())
    assert upstream == Counter(created)
    assert Counter(Voice.objects.values_list("name", flat=True)) == upstream
    assert len(upstream) >= COUNT - 2


def test_every_job_ended_with_a_sentence(addresses: list[str]) -> None:
    for job in CloneJob.objects.with_parts():
        assert job.state in {State.CREATED, State.FAILED}
        assert job_message(job, now=timezone.now()).sentence.endswith(".")


def test_no_file_is_left_without_a_row(addresses: list[str]) -> None:
    later = timezone.now() + timedelta(hours=2)
    sweep_unused_samples(now=later)
    sweep_orphaned_files(now=later)
    sweep_upload_folder(now=later)
    rows = [*Sample.objects.all(), *PreviewFile.objects.exclude(file="")]
    team = str(rows[0].team_id)
    folders = [Path(default_storage.path(f"{kind}/{team}")) for kind in ("samples", "previews")]
    assert {path for folder in folders for path in folder.rglob("*.*")} == {
        Path(row.file.path) for row in rows
    }
    assert [path for path in settings.UPLOAD_DIR.iterdir() if path.is_file()] == []
