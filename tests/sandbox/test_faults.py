"""Every scripted fault over a real socket: what the client meets, and what was committed all the same."""

import datetime
import email.utils
import socket
import struct
import time
from typing import Any

import httpx
import pytest

from tests import loopback
from tests.faults.running import until
from tests.sandbox.conftest import client_of
from tests.sandbox.live import LiveSandbox
from tests.sandbox.recordings import wav_of
from voices.sandbox.app import create_app

BOUNDARY = "b0undary"


def clone(client: httpx.Client, name: str = "Ada", *, size: int = 200_000) -> httpx.Response:
    """Clone a recording under that name."""
    return client.post(
        "/api/voices", data={"name": name}, files={"file": ("a.wav", wav_of(size), "audio/wav")}
    )


def request_bytes(sandbox: LiveSandbox, key: str, *, name: str = "Ada") -> bytes:
    """A clone request as it stands on the wire."""
    body = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\n{name}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    ).encode()
    body += wav_of(20_000) + f"\r\n--{BOUNDARY}--\r\n".encode()
    head = (
        f"POST /api/voices HTTP/1.1\r\nHost: 127.0.0.1:{sandbox.port}\r\nX-API-Key: {key}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def raw_answer(sandbox: LiveSandbox, key: str) -> tuple[bytes, bool]:
    """Everything a clone request gets back, and whether the connection was reset."""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as sock:
        sock.sendall(request_bytes(sandbox, key))
        received = b""
        try:
            while piece := sock.recv(65_536):
                received += piece
        except ConnectionResetError:
            return received, True
    return received, False


@pytest.mark.parametrize("commit", [False, True])
@pytest.mark.parametrize("how", ["close", "rst"])
def test_drop_fault_closes_the_connection(sandbox: LiveSandbox, how: str, *, commit: bool) -> None:
    sandbox.fault(effect="drop", how=how, commit=commit)
    assert raw_answer(sandbox, sandbox.key()) == (b"", how == "rst")
    assert len(sandbox.voices()) == commit
    assert len(sandbox.log()[-1]["committed"]) == commit


def test_drop_fault_resets_during_the_upload(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(effect="drop", how="rst", at=1_000_000)
    with pytest.raises((httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
        clone(client, size=9_000_000)
    assert sandbox.voices() == []
    assert 1_000_000 <= sandbox.log()[-1]["bytes"] < 5_000_000


@pytest.mark.parametrize("part", ["headers", "body"])
def test_truncate_fault_cuts_the_response(sandbox: LiveSandbox, part: str) -> None:
    sandbox.fault(effect="truncate", part=part)
    received, _ = raw_answer(sandbox, sandbox.key())
    assert received.startswith(b"HTTP/1.1 201 Created\r\n")
    assert (b"\r\n\r\n" in received) == (part == "body")
    assert len(sandbox.voices()) == 1


def test_drip_fault_sends_a_slow_response(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(effect="drip", rate=1_000)
    started = time.monotonic()
    answer = clone(client)
    assert answer.status_code == 201
    assert time.monotonic() - started > 0.4
    assert sandbox.voices()[0]["voiceId"] == answer.json()["voiceId"]


def test_garbage_fault_sends_no_http(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(effect="garbage")
    with pytest.raises(httpx.RemoteProtocolError):
        clone(client)
    assert sandbox.voices() == []


def give_up_on_a_clone(sandbox: LiveSandbox, client: httpx.Client, *, commit: bool) -> None:
    """Get no response, and find the voice made or not made, however slow the machine is."""
    client.timeout = httpx.Timeout(60, read=0.4)
    with pytest.raises(httpx.ReadTimeout):
        clone(client)
    if commit:
        until(sandbox.voices, "the voice is made")
    else:
        assert sandbox.voices() == []


@pytest.mark.parametrize("commit", [False, True])
def test_hang_fault_sends_no_response(sandbox: LiveSandbox, client: httpx.Client, *, commit: bool) -> None:
    sandbox.fault(effect="hang", commit=commit)
    give_up_on_a_clone(sandbox, client, commit=commit)


def test_hang_fault_can_end(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(effect="hang", seconds=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        clone(client)


def test_an_endless_body_has_no_length_and_does_not_fill_memory(
    sandbox: LiveSandbox, client: httpx.Client
) -> None:
    sandbox.fault(effect="endless", size=500_000_000, method="GET")
    received = 0
    with client.stream("GET", "/api/voices") as answer:
        assert "content-length" not in answer.headers
        for piece in answer.iter_raw():
            received += len(piece)
            if received > 20_000_000:
                break
    assert client.get("/api/accounts/me").status_code == 200


@pytest.mark.parametrize("commit", [False, True])
def test_a_delay_comes_before_or_after_the_commit(
    sandbox: LiveSandbox, client: httpx.Client, *, commit: bool
) -> None:
    sandbox.fault(effect="delay", delay=600, commit=commit)
    give_up_on_a_clone(sandbox, client, commit=commit)


def test_a_late_voice_is_there_but_not_listed_yet(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(effect="late", seconds=1.0)
    voice_id = clone(client).json()["voiceId"]
    query = {"ownership": "private", "search": "Ada"}
    assert client.get("/api/voices", params=query).json()["results"] == []
    assert client.get(f"/api/voices/{voice_id}").status_code == 200
    assert clone(client).status_code == 400  # the name is taken all the same
    time.sleep(1.1)
    assert client.get("/api/voices", params=query).json()["total"] == 1


@pytest.mark.parametrize("commit", [False, True])
def test_status_fault_works_with_or_without_the_commit(
    sandbox: LiveSandbox, client: httpx.Client, *, commit: bool
) -> None:
    sandbox.fault(
        effect="status", status=502, body="<h1>Bad gateway</h1>", commit=commit, headers={"X-A": "b"}
    )
    answer = clone(client)
    assert (answer.status_code, answer.text, answer.headers["x-a"]) == (502, "<h1>Bad gateway</h1>", "b")
    assert answer.headers["content-type"].startswith("text/html")
    assert len(sandbox.voices()) == commit


def test_a_status_can_carry_json_and_its_own_type(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(effect="status", status=503, body={"detail": "later"}, headers={"Retry-After": "3"})
    answer = clone(client)
    assert (answer.json(), answer.headers["retry-after"]) == ({"detail": "later"}, "3")
    sandbox.fault(effect="status", status=418, body="x", headers={"Content-Type": "text/tea"})
    assert clone(client).headers["content-type"] == "text/tea"


def test_retry_after_comes_as_a_number_or_a_date(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(effect="throttle", seconds=12)
    sandbox.fault(effect="throttle", seconds=12, form="date")
    first, second = clone(client), clone(client)
    assert (first.status_code, first.headers["retry-after"]) == (429, "12")
    assert "Expected available in 12 seconds." in first.json()["detail"]
    at = email.utils.parsedate_to_datetime(second.headers["retry-after"])
    assert 8 < (at - datetime.datetime.now(tz=datetime.UTC)).total_seconds() < 13


REFUSALS: list[tuple[dict[str, Any], int, object]] = [
    ({"effect": "unpaid"}, 402, {"detail": "Your account needs an active subscription."}),
    ({"effect": "duplicate"}, 400, {"name": ["A voice with this name already exists."]}),
    (
        {"effect": "duplicate", "wording": "detail"},
        400,
        {"detail": "Voice name must be unique within your account."},
    ),
    ({"effect": "duplicate", "wording": "list"}, 400, ["This voice name is already taken."]),
    ({"effect": "limit"}, 400, {"non_field_errors": ["Voice limit reached for this account."]}),
    (
        {"effect": "limit", "wording": "detail"},
        400,
        {"detail": "You have reached the maximum number of voices allowed on your plan."},
    ),
    ({"effect": "limit", "wording": "list"}, 400, ["Your account has reached its limit of custom voices."]),
]


@pytest.mark.parametrize(("spec", "status", "body"), REFUSALS)
def test_refusals_in_every_wording(
    sandbox: LiveSandbox, client: httpx.Client, spec: dict[str, Any], status: int, body: object
) -> None:
    sandbox.fault(**spec)
    answer = clone(client)
    assert (answer.status_code, answer.json()) == (status, body)
    assert sandbox.voices() == []


def test_answers_that_are_not_what_the_contract_says(sandbox: LiveSandbox, client: httpx.Client) -> None:
    for effect in ("html", "no_id", "extra", "huge"):
        sandbox.fault(effect=effect)
    page, nameless, extra, huge = (clone(client, f"Ada {number}") for number in range(4))
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (nameless.status_code, "voiceId" in nameless.json()) == (201, False)
    assert extra.json()["billingStyle"] == "VOICE_BILLING_STYLE_METERED"
    assert (huge.status_code, len(huge.content) > 5_000_000) == (201, True)
    assert len(sandbox.voices()) == 3


def test_a_fault_waits_for_its_request(sandbox: LiveSandbox) -> None:
    mine, other = sandbox.key(), sandbox.key()
    sandbox.fault(effect="unpaid", key=mine[:8], method="GET", path="/api/accounts/me", skip=1, times=2)
    with client_of(sandbox, mine) as client, client_of(sandbox, other) as stranger:
        assert client.get("/api/voices").status_code == 200
        assert stranger.get("/api/accounts/me").status_code == 200
        statuses = [client.get("/api/accounts/me").status_code for _ in range(4)]
    assert statuses == [200, 402, 402, 200]
    assert sandbox.faults() == []


def test_a_lasting_fault_ends_when_cleared(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(effect="unpaid", times=None)
    assert {clone(client).status_code for _ in range(3)} == {402}
    sandbox.clear()
    assert clone(client).status_code == 201


def test_storage_faults_are_logged_with_the_key_seen(sandbox: LiveSandbox, client: httpx.Client) -> None:
    query = {"provider": "eleven_labs"}
    url = client.get("/api/voices", params=query).json()["results"][0]["previewUrl"]
    sandbox.fault(effect="status", status=404, method="GET", path="/_sandbox/storage/.*")
    assert loopback.get(url).status_code == 404
    assert loopback.get(url).status_code == 200
    assert [entry["key"] for entry in sandbox.log(path="/_sandbox/storage/.*")] == ["", ""]


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ({}, "effect"),
        ({"effect": "explode"}, "effect"),
        ({"effect": "delay", "delay": -1}, "delay"),
        ({"effect": "drop", "how": "gently"}, "how"),
        ({"effect": "drop", "path": "("}, "path"),
        ({"effect": "drop", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_fault_is_refused_by_name(sandbox: LiveSandbox, spec: dict[str, Any], name: str) -> None:
    answer = loopback.post(f"{sandbox.url}/_sandbox/faults", json=spec)
    assert (answer.status_code, list(answer.json())) == (400, [name])
    assert sandbox.faults() == []


def test_client_reset_does_not_harm_the_sandbox(sandbox: LiveSandbox, client: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port)) as sock:
        sock.sendall(request_bytes(sandbox, sandbox.key())[:5_000])
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert clone(client).status_code == 201
    assert len(sandbox.voices()) == 1
    assert "Traceback" not in sandbox.output.read_text()


async def test_without_a_socket_wire_faults_say_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(tmp_path_factory.mktemp("inside"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        await client.post("/_sandbox/faults", json={"effect": "garbage", "method": "GET"})
        with pytest.raises(RuntimeError, match="real connection"):
            await client.get("/api/accounts/me")
    app.close()
