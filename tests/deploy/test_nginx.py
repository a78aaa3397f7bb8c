"""A studio behind nginx as deploy/ describes it, over real sockets: `prepare`, `web` and `worker` run apart."""

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from sqlite3 import connect

import httpx
import numpy as np
import pytest

from tests import loopback
from tests.deploy.alone import StudioApart, running_apart
from tests.deploy.front import Front, direct, nginx
from tests.running_studio import clone_form, hidden
from tests.sounds import speech, speech_wav, wav

HTMX = {"HX-Request": "true"}
CLONES = 5
SECURITY_HEADERS = (
    "content-security-policy", "strict-transport-security", "x-content-type-options", "x-frame-options",
    "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "permissions-policy",
    "cache-control", "content-type", "content-length", "date",
)  # fmt: skip
REACHES = {"ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "on", "HOST": "0.0.0.0"}  # noqa: S104  # untrusted peers come in


@dataclass
class Place:
    """The studio, nginx, and the admin's browser."""

    studio: StudioApart
    front: Front
    ada: httpx.Client

    def rows(self, query: str) -> list[tuple[str]]:
        """What the studio's database answers."""
        with connect(f"file:{self.studio.folder}/voicestudio.sqlite3?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything started once, in the order of the units; two hosts prepare at the same moment."""
    with running_apart(tmp_path_factory.mktemp("studio"), **REACHES) as studio:
        with ThreadPoolExecutor(2) as hosts:
            said = list(hosts.map(studio.manage, ["prepare"] * 2))
        assert all(re.search(r"/setup/\S+/ \(create the first admin\)", line) for line in said)
        studio.begin("sandbox", "web", "worker")
        studio.set_up()
        with nginx(tmp_path_factory.mktemp("nginx"), studio.port) as front:
            yield Place(studio, front, front.login())


def token_of(client: httpx.Client, path: str = "/clone/") -> dict[str, str]:
    page = client.get(path).text
    return {name: hidden(page, name) for name in ("csrfmiddlewaretoken", "form_token")}


def large_wav() -> bytes:
    """A recording of 30 MB."""
    return wav(np.tile(speech(13, rate=96_000), 12), rate=96_000)


def test_health_checks_see_web_and_worker(place: Place) -> None:
    assert place.studio.manage("healthy", "web") == ""
    place.studio.await_worker()
    assert place.front.client().get("/readyz").status_code == 200


def test_plain_http_leads_to_https(place: Place) -> None:
    answer = loopback.get(f"http://127.0.0.1:{place.front.plain_port}/?q=a")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://127.0.0.1/?q=a")


def test_nginx_passes_30_mb_and_ranges_of_it(place: Place) -> None:
    content = large_wav()
    assert len(content) > 29_900_000
    form = {"csrfmiddlewaretoken": token_of(place.ada)["csrfmiddlewaretoken"], "complete": "1"}
    answer = place.ada.post(
        "/clone/sample/", data=form, files={"file": ("long.wav", content, "audio/wav")}, headers=HTMX
    )
    assert answer.status_code == 200, answer.text
    found = re.search(r"/samples/[0-9a-f-]{36}/original/", answer.text)
    assert found, answer.text
    part = place.ada.get(found[0], headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 1000-1999/{len(content)}")
    assert part.content == content[1000:2000]
    assert place.ada.get(found[0], headers={"Range": "bytes=99999999-"}).status_code == 416


def test_a_strangers_30_mb_are_refused_and_stored_nowhere(place: Place) -> None:
    files = {"file": ("long.wav", bytes(30_000_000), "audio/wav")}
    answer = place.front.client().post("/clone/sample/", files=files)
    assert (answer.status_code, "Log in first" in answer.text) == (403, True)
    assert place.front.bodies == []


def test_more_than_a_recording_is_refused_by_nginx(place: Place) -> None:
    files = {"file": ("long.wav", bytes(53_500_000), "audio/wav")}
    assert place.ada.post("/clone/sample/", files=files, headers=HTMX).status_code == 413


def test_a_slow_upload_is_passed_on_as_it_comes(place: Place) -> None:
    """nginx keeps none of it, pages are answered meanwhile, and it arrives whole."""
    token = token_of(place.ada)["csrfmiddlewaretoken"]
    request = place.ada.build_request(
        "POST", "/clone/sample/", data={"csrfmiddlewaretoken": token, "complete": "1"},
        files={"file": ("slow.wav", speech_wav(12, rate=44_100), "audio/wav")}, headers=HTMX,
    )  # fmt: skip
    body = request.read()
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with (
        socket.create_connection(("127.0.0.1", place.front.port), timeout=60) as plain,
        place.front.trust.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(f"POST /clone/sample/ HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode())
        for start in range(0, 200_000, 50_000):
            wire.sendall(body[start : start + 50_000])
            assert place.ada.get("/").status_code == 200
            assert place.front.bodies == []
        wire.sendall(body[200_000:])
        answer = b"".join(iter(lambda: wire.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:500]
    assert re.search(rb"/samples/[0-9a-f-]{36}/", answer), answer[-3000:]


@pytest.mark.parametrize("path", ["/", "/static/css/base.css", "/accounts/login/", "/nowhere/", "/healthz"])
def test_headers_come_once(place: Place, path: str) -> None:
    if path.startswith("/static/"):
        found = re.search(r'href="(/static/[^"]+\.css)"', place.ada.get("/").text)
        assert found
        path = found[1]
    answer = place.ada.get(path)
    counts = Counter(name.lower() for name, _ in answer.headers.multi_items())
    assert {name: counts[name] for name in SECURITY_HEADERS if counts[name] > 1} == {}
    assert {"strict-transport-security", "x-content-type-options"} <= counts.keys() or path == "/healthz"
    assert "nginx/" not in answer.headers.get("server", "")


def test_the_clients_address_is_its_own(place: Place) -> None:
    """What it says of itself is dropped by nginx; the session's list shows where it really is."""
    place.front.login(address="127.0.0.9", **{"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7"})
    assert ("127.0.0.9",) in place.rows("SELECT ip FROM usersessions_usersession")
    assert "203.0.113.7" not in str(place.rows("SELECT ip FROM usersessions_usersession"))
    assert re.search(r"^127\.0\.0\.9 .*POST /accounts/login/", place.front.log(), re.MULTILINE)


def test_limits_count_clients_behind_nginx_apart(place: Place) -> None:
    """Whoever guesses links is limited, whichever address they claim; others are not."""
    guesser = place.front.client(address="127.0.0.5")
    for number in range(31):
        claimed = {"X-Forwarded-For": f"203.0.113.{number}"}
        status = guesser.get(f"/join/guess{number}/", headers=claimed).status_code
    assert status == 429
    assert place.front.client(address="127.0.0.6").get("/join/guess/").status_code == 404


def test_an_untrusted_peer_cannot_claim_an_address(place: Place) -> None:
    """Around nginx, from an address that is no proxy's: X-Forwarded-For and -Proto are not believed."""
    claims = {"X-Forwarded-For": "127.0.0.6", "X-Forwarded-Proto": "https"}
    with direct(place.studio.port, address="127.0.0.7", **claims) as stranger:
        for number in range(31):
            status = stranger.get(f"/join/guess{number}/").status_code
        assert status == 429
    assert place.front.client(address="127.0.0.6").get("/join/guess/").status_code == 404


def test_addresses_that_open_something_are_in_no_log(place: Place) -> None:
    place.front.client().get("/join/a-token-that-opens-a-team/")
    place.front.client().get("/setup/a-token-that-opens-all/")
    for name in ("voicestudio.log", "voicestudio.error.log", "nginx.error.log"):
        assert "a-token-that-opens" not in place.front.log(name)
    assert "GET / " in place.front.log()


def clone(place: Place, number: int) -> str:
    """Send the form, again as long as the studio restarts. Return the address of the job."""
    browser = place.front.client(cookies=dict(place.ada.cookies), headers=dict(place.ada.headers))
    page = patient(browser, "GET", "/clone/").text
    form = clone_form(page, f"Restarted {number}")
    files = {"file": (f"{number}.wav", speech_wav(11, seed=number % 3), "audio/wav")}
    answer = patient(browser, "POST", "/clone/", data=form, files=files)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def patient(browser: httpx.Client, method: str, path: str, **content: object) -> httpx.Response:
    """Ask again while nginx shows the page of a restart."""
    while True:
        answer = browser.request(method, path, **content)  # type: ignore[arg-type]  # httpx's own options
        if answer.status_code != 502:
            return answer
        time.sleep(0.2)


def test_a_restart_loses_no_clone_and_shows_a_plain_page(place: Place) -> None:
    loopback.post(
        f"{place.studio.sandbox_url}/_sandbox/settings", json={"cloneSeconds": 1}
    ).raise_for_status()
    with ThreadPoolExecutor(4) as people:
        sent = [people.submit(clone, place, number) for number in range(CLONES)]
        await_jobs(place, "state = 'sending'", 1)
        codes = [place.studio.end(name) for name in ("web", "worker")]
        seen = place.front.client().get("/")
        place.studio.begin("web", "worker")
        addresses = {one.result(240) for one in sent}
    assert codes == [0, 0]
    assert (seen.status_code, seen.headers["Retry-After"]) == (502, "5")
    assert "<h1>Voice Studio is restarting</h1>" in seen.text
    assert len(addresses) == CLONES
    await_jobs(place, "state = 'created'", CLONES)
    made = loopback.get(f"{place.studio.sandbox_url}/_sandbox/voices").json()
    names = Counter(one["name"] for one in made if one["accountId"] is not None)
    assert names == {f"Restarted {number}": 1 for number in range(CLONES)}
    assert {name for (name,) in place.rows("SELECT name FROM voices_voice")} == names.keys()


def await_jobs(place: Place, condition: str, count: int) -> None:
    """Return once so many clone jobs meet the condition."""
    limit = time.monotonic() + 240
    query = f"SELECT count(*) FROM voices_clonejob WHERE {condition}"  # noqa: S608  # our own text
    while place.rows(query)[0][0] < count:  # type: ignore[operator]  # a number
        assert time.monotonic() < limit, place.rows("SELECT name, state, message FROM voices_clonejob")
        time.sleep(0.1)
