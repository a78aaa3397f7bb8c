"""Where the client may be sent: the base as written, and public https places; nothing else is ever connected to."""

from collections.abc import Sequence

import httpx
import pytest

from tests.althea.cast import BASE, MP3, VOICE_ID, Recorder, client
from voices.althea import GarbledAnswerError, NotSentError, UnknownOutcomeError, normalise_base
from voices.kit.addresses import is_public, resolve_host

ELSEWHERE = "https://cdn.example/a.mp3"
PUBLIC_V4 = "142.250.74.48"
PUBLIC_V6 = "2a00:1450:4001:80b::2010"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://app.altheastudio.ai", BASE),
        ("https://app.altheastudio.ai/", BASE),
        ("https://app.altheastudio.ai/api", BASE),
        ("https://app.altheastudio.ai/api/", BASE),
        (" https://APP.altheastudio.ai/api// ", BASE),
        ("https://app.altheastudio.ai:443", BASE),
        ("http://127.0.0.1:8001/api/", "http://127.0.0.1:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
        ("https://proxy.example/althea/api/", "https://proxy.example/althea"),
        ("https://api.example/apis", "https://api.example/apis"),
    ],
)
def test_a_base_is_taken_with_and_without_slash_and_api(url: str, base: str) -> None:
    assert normalise_base(url) == base
    assert normalise_base(normalise_base(url)) == base


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.altheastudio.ai",
        "//app.altheastudio.ai",
        "ftp://app.altheastudio.ai",
        "file:///etc/passwd",
        "https://",
        "https://user:geheim@app.altheastudio.ai",
        "https://app.altheastudio.ai/?key=geheim",
        "https://app.altheastudio.ai/#geheim",
        "https://app.altheastudio.ai:geheim",
        "https://a\0b",
        "javascript:alert(1)",
    ],
)
def test_normalise_base_refuses_other_urls_unquoted(url: str) -> None:
    with pytest.raises(ValueError, match="Althea's address") as caught:
        normalise_base(url)
    assert "geheim" not in str(caught.value)


async def test_a_base_with_a_path_is_kept_in_front() -> None:
    recorder = Recorder(httpx.Response(404))
    async with client(recorder, base_url="https://proxy.example/althea/api") as althea:
        assert await althea.delete_voice(VOICE_ID) == 404
    assert str(recorder.request.url) == f"https://proxy.example/althea/api/voices/{VOICE_ID}"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (PUBLIC_V4, True),
        ("8.8.8.8", True),
        (PUBLIC_V6, True),
        ("0.0.0.0", False),  # noqa: S104  # an address to refuse, nothing is bound to it
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2130706433", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def redirecting(target: str) -> Recorder:
    """Answer the first request with a redirect and any further one with audio."""
    return Recorder(httpx.Response(302, headers={"Location": target}), httpx.Response(200, content=MP3))


# Which addresses are public is tested above; here one target stands for each way to spell or smuggle one.
@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1/a.mp3",
        "https://127.1/a.mp3",
        "https://2130706433/a.mp3",
        "https://0x7f000001/a.mp3",
        "https://0177.0.0.1/a.mp3",
        "https://[::1]/a.mp3",
        "https://[::ffff:7f00:1]/a.mp3",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/a.mp3",
        "http://142.250.74.48/a.mp3",
        "https://142.250.74.48:8443/a.mp3",
        "https://user:word@142.250.74.48/a.mp3",
        "https://app.altheastudio.ai@127.0.0.1/a.mp3",
        "http://app.altheastudio.ai/a.mp3",
        "file:///etc/passwd",
        "data:audio/mpeg;base64,SUQz",
        "https://[broken/a.mp3",
        "https://a\x01b/",
        "",
    ],
)
async def test_no_connection_is_made_to_a_forbidden_address(target: str) -> None:
    recorder = redirecting(target)
    resolve = resolve_host if not target.startswith("http://app.") else no_address
    async with client(recorder, resolve=resolve) as althea:
        # UnknownOutcomeError: httpx itself breaks off at a Location it cannot parse.
        with pytest.raises((UnknownOutcomeError, NotSentError)):
            await althea.get_preview(VOICE_ID)
    assert len(recorder.requests) == 1


async def no_address(host: str) -> Sequence[str]:
    """Resolve nothing."""
    return ()


async def no_name(host: str) -> Sequence[str]:
    """Fail as a name server without such a name does."""
    raise OSError("no such name")


@pytest.mark.parametrize("resolve", [no_address, no_name])
async def test_host_without_an_address_is_not_contacted(resolve: object) -> None:
    recorder = redirecting(ELSEWHERE)
    async with client(recorder, resolve=resolve) as althea:
        with pytest.raises(NotSentError):
            await althea.get_preview(VOICE_ID)
    assert len(recorder.requests) == 1


class Resolver:
    """Resolves by a script: each look-up takes the next answer."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.hosts: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.hosts.append(host)
        return self.answers.pop(0)


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%eth0"],
        [PUBLIC_V4, "10.0.0.1"],
        ["10.0.0.1", PUBLIC_V4],
        [PUBLIC_V6, "::1"],
    ],
)
async def test_host_with_any_private_address_is_refused(addresses: list[str]) -> None:
    recorder = redirecting(ELSEWHERE)
    async with client(recorder, resolve=Resolver(addresses)) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.get_preview(VOICE_ID)
    assert len(recorder.requests) == 1


async def test_a_rebinding_host_is_resolved_once() -> None:
    recorder, resolver = redirecting(ELSEWHERE), Resolver([PUBLIC_V4], ["127.0.0.1"])
    async with client(recorder, resolve=resolver) as althea:
        await althea.get_preview(VOICE_ID)
    request = recorder.requests[1]
    assert resolver.hosts == ["cdn.example"]
    assert str(request.url) == f"https://{PUBLIC_V4}/a.mp3"
    assert request.headers["Host"] == "cdn.example"
    assert request.extensions["sni_hostname"] == "cdn.example"


async def test_an_ipv6_place_is_connected_to_by_its_address() -> None:
    recorder = redirecting("https://cdn.example:443/a.mp3?sig=%2F%20x")
    async with client(recorder, resolve=Resolver([PUBLIC_V6])) as althea:
        await althea.get_preview(VOICE_ID)
    assert str(recorder.requests[1].url) == f"https://[{PUBLIC_V6}]/a.mp3?sig=%2F%20x"


async def test_an_unreachable_address_falls_back_to_the_next() -> None:
    recorder = redirecting(ELSEWHERE)
    recorder.answers.insert(1, httpx.ConnectError("no route"))
    async with client(recorder, resolve=Resolver([PUBLIC_V6, PUBLIC_V4])) as althea:
        await althea.get_preview(VOICE_ID)
    assert [request.url.host for request in recorder.requests[1:]] == [PUBLIC_V6, PUBLIC_V4]


@pytest.mark.parametrize(
    "target",
    ["https://10.0.0.1/a.mp3", "http://169.254.169.254/", "http://142.250.74.48/a.mp3", "http://[fe80::1]/"],
)
async def test_a_base_on_this_machine_opens_nothing_but_this_machine(target: str) -> None:
    recorder = redirecting(target)
    async with client(recorder, base_url="http://127.0.0.1:8001", resolve=resolve_host) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.get_preview(VOICE_ID)
    assert len(recorder.requests) == 1


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/a.mp3", "http://localhost:9/a.mp3", "https://[::1]:9/a.mp3"]
)
async def test_a_base_on_this_machine_may_point_to_this_machine(target: str) -> None:
    recorder = redirecting(target)
    async with client(recorder, base_url="http://localhost:8001", resolve=Resolver(["127.0.0.1"])) as althea:
        await althea.get_preview(VOICE_ID)
    assert recorder.requests[1].url.port == 9
    assert "X-API-Key" not in recorder.requests[1].headers
