"""The API client: what it sends, waits for and makes of answers."""

from pathlib import Path

import httpx
import pytest

from tests.cli.answers import BUSY, SITE, VALUE, Script, ok, page, refused
from voices.cli.client import Clone
from voices.cli.errors import ExitCode, ProblemError, UnavailableError

JOB = {"id": "j", "state": "ready", "isRunning": True, "sentence": "Queued.", "voiceId": None}


def test_token_goes_into_the_header_alone() -> None:
    script = Script([page()])
    client = script.client()
    client.find_voices([("search", "warm")], page_size=5)
    (request,) = script.requests
    assert str(request.url) == f"{SITE}/api/v1/voices?search=warm&pageSize=5&includeTotal=true"
    assert request.headers["Authorization"] == f"Bearer {VALUE}"
    assert VALUE not in repr(vars(client)) + repr(vars(client._http.auth))


def test_pages_follow_the_cursor_on_our_own_address() -> None:
    script = Script(
        [page({"id": "a"}, following="https://elsewhere.example/x?cursor=c2&search=y"), page({"id": "b"})]
    )
    found = [one["id"] for answer in script.client().pages([]) for one in answer["results"]]
    assert found == ["a", "b"]
    assert str(script.requests[1].url) == f"{SITE}/api/v1/voices?pageSize=100&cursor=c2"


def test_pages_end_at_a_cursor_that_repeats() -> None:
    following = f"{SITE}/api/v1/voices?cursor=same"
    script = Script([page({"id": "a"}, following=following), page({"id": "b"}, following=following)])
    assert len(list(script.client().pages([]))) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_busy_answers_are_waited_for_as_long_as_they_say(status: int) -> None:
    busy = httpx.Response(status, json=BUSY, headers={"Retry-After": "7"})
    script = Script([busy, httpx.Response(503, json=BUSY), ok(id="a")])
    assert script.client().get_voice("a") == {"id": "a"}
    assert (script.pauses, script.said[0]) == ([7.0, 2.0], "Voice Studio is busy. Trying again in 7 s …")


def test_a_wait_that_is_too_long_is_an_error() -> None:
    script = Script([refused(429, **BUSY) for _ in range(2)])
    script.answers[0].headers["Retry-After"] = "3600"  # type: ignore[union-attr]  # a response
    with pytest.raises(ProblemError, match=r"Too many requests\.\nWait\.") as refusal:
        script.client().get_voice("a")
    assert (refusal.value.exit_code, script.pauses) == (ExitCode.UNAVAILABLE, [])


def test_busy_for_good_is_an_error_after_three_waits() -> None:
    script = Script([httpx.Response(503, json=BUSY) for _ in range(4)])
    with pytest.raises(ProblemError):
        script.client().get_voice("a")
    assert script.pauses == [1.0, 2.0, 4.0]


def test_clone_is_repeated_whole_under_the_same_key(tmp_path: Path) -> None:
    recording = tmp_path / "take.wav"
    recording.write_bytes(b"RIFF-sound")
    script = Script([httpx.ReadError("broken"), ok(**JOB)])
    sent = Clone(file=recording, fields={"name": "Ada"}, idempotency_key="once")
    assert script.client().clone(sent) == JOB
    assert [request.headers["Idempotency-Key"] for request in script.requests] == ["once", "once"]
    assert all(b"RIFF-sound" in body and b'name="name"\r\n\r\nAda' in body for body in script.bodies)


def test_clone_that_was_lost_says_how_to_repeat_it(tmp_path: Path) -> None:
    recording = tmp_path / "take.wav"
    recording.write_bytes(b"RIFF")
    script = Script([httpx.ReadTimeout("slow") for _ in range(4)])
    with pytest.raises(UnavailableError, match="--idempotency-key once"):
        script.client().clone(Clone(file=recording, fields={}, idempotency_key="once"))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"status": "up"}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        httpx.Response(404, text="<html>"),
    ],
)
def test_answers_of_another_program_are_no_traceback(answer: httpx.Response) -> None:
    script = Script([answer])
    with pytest.raises(UnavailableError, match="but not the way Voice Studio does"):
        script.client().get_voice("a")
    assert len(script.requests) == 1


def test_preview_that_is_no_sound_is_refused() -> None:
    script = Script([httpx.Response(200, html="<script>")])
    with pytest.raises(UnavailableError), script.client().preview("a"):
        pass


def test_ids_cannot_name_another_address() -> None:
    script = Script([ok(id="a")])
    script.client().get_voice("../tokens?x=1")
    assert script.requests[0].url.raw_path == b"/api/v1/voices/..%2Ftokens%3Fx%3D1"
