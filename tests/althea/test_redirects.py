"""The key stays on the configured origin: redirects of every status to another host, port and scheme, over sockets."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.althea.cast import BASE, KEY, MP3, NOW, VOICE_ID, Recorder, client, public, sample
from tests.althea.servers import answer, certificate, real_client, saying, server
from voices.althea import AltheaClient, GarbledAnswerError, UnknownOutcomeError, new_http
from voices.althea.previews import MAX_HOPS
from voices.althea.transport import KEY_HEADER, key_extension
from voices.kit.secret import Secret

STATUSES = [301, 302, 303, 307, 308]
PATH = "/stored/a.mp3"
DEFINITION = {"lmnt": {"voiceId": "x"}}
OTHER_CALLS = [
    lambda althea: althea.list_voices(),
    lambda althea: althea.find_by_name("Anna"),
    lambda althea: althea.get_voice(VOICE_ID),
    lambda althea: althea.clone_voice(sample=sample(), name="Anna"),
    lambda althea: althea.create_voice(name="Anna", definition=DEFINITION),
    lambda althea: althea.update_voice(VOICE_ID, name="Anna"),
    lambda althea: althea.delete_voice(VOICE_ID),
    lambda althea: althea.preview_definition(name="Anna", definition=DEFINITION),
    lambda althea: althea.get_account(),
    lambda althea: althea.get_provider_keys(),
    lambda althea: althea.set_provider_keys({"lmnt": Secret("sk-provider-secret")}),
]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("other", ["host", "port", "scheme"])
async def test_a_preview_is_followed_elsewhere_without_the_key(
    status: int, other: str, tmp_path: Path
) -> None:
    serving, trusting = certificate(tmp_path, "127.0.0.1", "127.0.0.2")
    host = "127.0.0.2" if other == "host" else "127.0.0.1"
    async with (
        server(saying(answer(200, MP3)), host=host, tls=serving if other == "scheme" else None) as second,
        server(saying(answer(status, Location=second.origin + PATH))) as first,
        real_client(first.origin, tls=trusting) as althea,
    ):
        preview = await althea.get_preview(VOICE_ID)
    assert preview.content == MP3
    assert [request.header(KEY_HEADER) for request in first.received] == [KEY]
    assert [request.line for request in second.received] == [f"GET {PATH} HTTP/1.1"]
    assert KEY not in second.received[0].head
    assert second.received[0].header("Host") == second.origin.partition("://")[2]


@pytest.mark.parametrize("status", STATUSES)
async def test_redirect_from_tls_to_plain_http_carries_no_key(status: int, tmp_path: Path) -> None:
    serving, trusting = certificate(tmp_path, "127.0.0.1")
    async with (
        server(saying(answer(200, MP3))) as second,
        server(saying(answer(status, Location=second.origin + PATH)), tls=serving) as first,
        real_client(first.origin, tls=trusting) as althea,
    ):
        await althea.get_preview(VOICE_ID)
    assert first.received[0].header(KEY_HEADER) == KEY
    assert KEY not in second.received[0].head


@pytest.mark.parametrize("status", STATUSES)
async def test_no_other_operation_follows_a_redirect(status: int) -> None:
    async with (
        server(saying(answer(200, b"{}"))) as second,
        server(saying(answer(status, Location=second.origin + "/api/voices"))) as first,
        real_client(first.origin) as althea,
    ):
        for call in OTHER_CALLS:
            with pytest.raises(GarbledAnswerError) as caught:
                await call(althea)
            assert caught.value.status == status
    assert len(first.received) == len(OTHER_CALLS)
    assert second.received == []


@pytest.mark.parametrize("status", STATUSES)
async def test_a_redirect_host_is_checked_against_its_certificate(status: int, tmp_path: Path) -> None:
    serving, trusting = certificate(tmp_path, "localhost")
    async with server(saying(answer(200, MP3)), tls=serving) as second:
        port = second.origin.rpartition(":")[2]
        for host, is_good in (("localhost", True), ("127.0.0.1", False)):
            location = f"https://{host}:{port}{PATH}"
            async with (
                server(saying(answer(status, Location=location))) as first,
                real_client(first.origin, tls=trusting) as althea,
            ):
                assert await _heard(althea) is is_good
    assert len(second.received) == 1


async def _heard(althea: AltheaClient) -> bool:
    try:
        return bool(await althea.get_preview(VOICE_ID))
    except Exception as exc:  # any failure is the answer that the test looks at
        assert getattr(exc, "permanent", False) is True
        return False


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("base", [BASE, "http://127.0.0.1:8001"])
async def test_the_hook_drops_the_key_even_if_httpx_redirects(status: int, base: str) -> None:
    other_port = str(httpx.URL(base).copy_with(port=1))
    places = ["https://evil.example/", "http://app.altheastudio.ai/", other_port, "https://127.0.0.1:8002/"]
    for place in places:
        recorder = Recorder(httpx.Response(status, headers={"Location": place}), httpx.Response(200))
        async with new_http(transport=httpx.MockTransport(recorder)) as http:
            grant = dict(key_extension(base=httpx.URL(base), key=Secret(KEY)))
            await http.keyed.send(
                http.keyed.build_request("GET", base, extensions=grant), follow_redirects=True
            )
        assert [request.headers.get(KEY_HEADER) for request in recorder.requests] == [KEY, None]


async def test_key_in_a_request_to_another_host_is_removed() -> None:
    recorder = Recorder(httpx.Response(200))
    async with new_http(transport=httpx.MockTransport(recorder)) as http:
        for each in (http.keyed, http.plain):
            await each.get("https://evil.example/", headers={KEY_HEADER: KEY})
    assert [request.headers.get(KEY_HEADER) for request in recorder.requests] == [None, None]


def to(target: str) -> httpx.Response:
    """Answer with a redirect."""
    return httpx.Response(302, headers={"Location": target})


async def test_the_key_is_not_sent_again_after_leaving_the_base() -> None:
    recorder = Recorder(
        to("/media/1"),
        to("https://cdn.example/2"),
        to(f"{BASE}/api/accounts/me"),
        httpx.Response(200, content=MP3),
    )
    async with client(recorder) as althea:
        await althea.get_preview(VOICE_ID)
    assert [request.headers.get(KEY_HEADER) for request in recorder.requests] == [KEY, KEY, None, None]
    assert [request.headers["Host"] for request in recorder.requests[2:]] == [
        "cdn.example",
        "app.altheastudio.ai",
    ]


@pytest.mark.parametrize("target", ["https://cdn.example/x", "/again"])
async def test_redirect_hops_are_limited(target: str) -> None:
    enough = [to(target)] * MAX_HOPS
    recorder = Recorder(*enough, httpx.Response(200, content=MP3))
    async with client(recorder) as althea:
        assert (await althea.get_preview(VOICE_ID)).content == MP3
    recorder = Recorder(*enough, to(target), httpx.Response(200, content=MP3))
    async with client(recorder) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.get_preview(VOICE_ID)
    assert len(recorder.requests) == MAX_HOPS + 1


@pytest.mark.parametrize("status", [300, 304, 305])
async def test_other_redirects_are_not_followed(status: int) -> None:
    recorder = Recorder(httpx.Response(status, headers={"Location": "https://cdn.example/x"}))
    async with client(recorder) as althea:
        with pytest.raises(UnknownOutcomeError):
            await althea.get_preview(VOICE_ID)
    assert len(recorder.requests) == 1


async def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    facts: dict[str, Any] = {"resolve": public, "now": lambda: NOW}
    async with server(saying(answer(200, b"{}"))) as proxy, server(saying(answer(404))) as first:
        for name in ("HTTP_PROXY", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        async with real_client(first.origin, **facts) as althea:
            with pytest.raises(Exception, match="can't find the account"):
                await althea.get_account()
    assert proxy.received == []
