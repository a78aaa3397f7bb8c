"""/_sandbox/: the page for a person, and what tests read and set."""

from collections.abc import Iterator

import httpx
import pytest

from tests import loopback
from tests.sandbox.live import LiveSandbox
from tests.sandbox.recordings import wav_of


@pytest.fixture
def visitor(sandbox: LiveSandbox) -> Iterator[httpx.Client]:
    """A browser without a key."""
    with loopback.client(base_url=sandbox.url) as opened:
        yield opened


def test_a_person_can_set_a_fault_on_the_page(
    sandbox: LiveSandbox, client: httpx.Client, visitor: httpx.Client
) -> None:
    page = visitor.get("/_sandbox/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'action="/_sandbox/faults"' in page.text
    form = {"effect": "unpaid", "method": "GET", "path": "/api/.*", "times": "1", "delay": "0", "seconds": ""}
    set_ = visitor.post("/_sandbox/faults", data={**form, "commit": "false", "status": ""})
    assert (set_.status_code, set_.headers["location"]) == (303, "/_sandbox/")
    assert "unpaid" in visitor.get("/_sandbox/").text
    assert client.get("/api/accounts/me").status_code == 402


def test_a_person_can_clear_the_faults(sandbox: LiveSandbox, visitor: httpx.Client) -> None:
    sandbox.fault(effect="unpaid", times=None)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.post("/_sandbox/faults/clear", headers=headers).status_code == 303
    assert sandbox.faults() == []


def test_the_page_escapes_what_people_wrote(client: httpx.Client, visitor: httpx.Client) -> None:
    file = {"file": ("a.wav", wav_of(), "audio/wav")}
    client.post("/api/voices", data={"name": "<script>alert(1)</script>"}, files=file).raise_for_status()
    page = visitor.get("/_sandbox/").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_settings_are_set_by_form_and_by_json(sandbox: LiveSandbox, visitor: httpx.Client) -> None:
    form = {"allowedVoices": "3", "rateLimit": "null", "cloneSeconds": "0.5", "clonePreview": "storage"}
    assert visitor.post("/_sandbox/settings", data=form).status_code == 303
    expected = {"allowedVoices": 3, "rateLimit": None, "cloneSeconds": 0.5, "clonePreview": "storage"}
    assert visitor.get("/_sandbox/settings").json() == {
        **expected,
        "previewLabels": "real",
        "providerKeys": "optional",
    }
    sandbox.settings(allowedVoices=None)
    assert visitor.get("/_sandbox/settings").json()["allowedVoices"] is None


@pytest.mark.parametrize("bad", [{"colour": 1}, {"allowedVoices": -1}, {"clonePreview": "post"}])
def test_wrong_settings_are_refused_by_name(visitor: httpx.Client, bad: dict[str, object]) -> None:
    answer = visitor.post("/_sandbox/settings", json=bad)
    assert (answer.status_code, list(answer.json())) == (400, list(bad))


def test_log_shows_each_request_and_what_it_committed(sandbox: LiveSandbox, client: httpx.Client) -> None:
    file = {"file": ("a.wav", wav_of(), "audio/wav")}
    voice_id = client.post("/api/voices", data={"name": "Ada"}, files=file).json()["voiceId"]
    client.get("/api/voices", params={"search": "Ada"})
    posted, listed = sandbox.log()
    assert (posted["method"], posted["path"], posted["status"]) == ("POST", "/api/voices", 201)
    assert posted["committed"] == [voice_id]
    assert posted["key"] == client.headers["x-api-key"][:8]
    assert posted["bytes"] > 64_000
    assert (listed["query"], listed["committed"]) == ("search=Ada", [])


def test_whole_keys_are_kept_and_shown_nowhere(
    sandbox: LiveSandbox, client: httpx.Client, visitor: httpx.Client
) -> None:
    client.get("/api/accounts/me").raise_for_status()
    secret = client.headers["x-api-key"].partition(".")[2].encode()
    for path in ("/_sandbox/", "/_sandbox/log", "/_sandbox/keys", "/_sandbox/voices"):
        assert secret not in visitor.get(path).content
    for file in (sandbox.folder / "sandbox").glob("sandbox.sqlite3*"):
        assert secret not in file.read_bytes()


def test_a_page_of_another_site_is_refused(visitor: httpx.Client) -> None:
    answer = visitor.post("/_sandbox/reset", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    own = visitor.post("/_sandbox/reset", headers={"Origin": str(visitor.base_url).rstrip("/")})
    assert own.status_code == 200


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200)])
def test_a_form_without_origin_is_judged_by_its_site(visitor: httpx.Client, site: str, status: int) -> None:
    answer = visitor.post("/_sandbox/settings", json={}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.test", 421),
        ("evil.test:{port}", 421),
        ("127.0.0.1.evil.test:{port}", 421),
        ("localhost:{port}", 200),
        ("LOCALHOST", 421),
        ("127.0.0.1", 200),
        ("[::1]:{port}", 200),
        ("", 421),
    ],
)
def test_sandbox_answers_only_to_its_own_names(visitor: httpx.Client, host: str, status: int) -> None:
    own = {"Host": host.format(port=visitor.base_url.port)}
    for path in ("/_sandbox/", "/_sandbox/log"):
        assert visitor.get(path, headers=own).status_code == status
    assert visitor.post("/_sandbox/settings", json={}, headers=own).status_code == status
    assert visitor.get("/api/voices", headers=own).status_code == {200: 403}.get(status, status)


def test_sandbox_page_cannot_be_framed(visitor: httpx.Client) -> None:
    headers = visitor.get("/_sandbox/").headers
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_reset_forgets_accounts_voices_and_recordings(sandbox: LiveSandbox, client: httpx.Client) -> None:
    file = {"file": ("a.wav", wav_of(), "audio/wav")}
    voice_id = client.post("/api/voices", data={"name": "Ada"}, files=file).json()["voiceId"]
    account = client.get("/api/accounts/me").json()["accountId"]
    sandbox.reset()
    assert (sandbox.voices(), sandbox.log()) == ([], [])
    assert len(sandbox.voices(private=False)) == 48
    assert not (sandbox.folder / "sandbox" / "samples" / voice_id).exists()
    assert client.get("/api/accounts/me").json()["accountId"] != account


@pytest.mark.parametrize(
    "path", ["/_sandbox/nothing", "/_sandbox/samples/x", "/_sandboxes", "/_sandbox/storage/x"]
)
def test_unknown_places_are_404(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[" * 99_999, b"[3]", b'"x"'])
def test_nonsense_is_400(visitor: httpx.Client, raw: bytes) -> None:
    assert visitor.post("/_sandbox/faults", content=raw).status_code == 400


def test_clones_take_as_long_as_set(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.settings(cloneSeconds=0.3)
    file = {"file": ("a.wav", wav_of(), "audio/wav")}
    answer = client.post("/api/voices", data={"name": "Ada"}, files=file)
    assert (answer.status_code, answer.elapsed.total_seconds() > 0.3) == (201, True)
