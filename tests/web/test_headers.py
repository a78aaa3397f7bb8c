"""The policy is on every answer: each route, each refusal, errors, static files, and the guard's own pages."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, Client, override_settings
from django.urls import path
from pytest_django.fixtures import Settings

from tests.base import PASSWORD, Cast
from tests.migrated import copy_migrated
from tests.web.access_matrix import ACCOUNT_CLOSED, ACCOUNT_OPEN
from tests.web.answer_headers import MUST, lacking
from tests.web.routes import NOWHERE, World, account_url, make_world
from voices.web.guard import Guard, Message, Scope
from voicestudio import urls
from voicestudio.asgi import django_application, guarded

pytestmark = pytest.mark.any_database  # the access matrix opens every page on PostgreSQL

ROOT = Path(__file__).resolve().parents[2]
STRICT_PAGES = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")


@pytest.fixture
def world(cast: Cast, settings: Settings) -> World:
    settings.SANDBOX_URL = settings.ALTHEA_URL = NOWHERE
    return make_world(cast)


@pytest.mark.parametrize("role", ["anon", "owner", "staff"])
def test_every_account_page_sends_the_security_headers(world: World, role: str) -> None:
    """And what no view answers; our own pages and the admin site's are judged in the access matrix, for every role."""
    accounts = [account_url(name) for name in sorted(ACCOUNT_OPEN | ACCOUNT_CLOSED)]
    browser, strict, seen = world.browser(role), world.browser(role, strict=True), set()
    for url in (*accounts, "/", "/nothing/", "/admin/", "/static/none.css"):
        answers = [
            browser.get(url),
            browser.get(url, headers={"HX-Request": "true"}),
            browser.put(url),
            strict.post(url),
        ]
        assert [lacking(one) for one in answers] == [[], [], [], []], url
        seen |= {one.status_code for one in answers}
    assert {403, 404, 405} <= seen


def test_audio_responses_send_the_policy_for_files(world: World) -> None:
    url, browser = world.url("voices:voice-audio"), world.browser("viewer")
    etag = browser.get(url)["ETag"]
    for headers in ({"Range": "bytes=0-1"}, {"If-None-Match": etag}, {"Range": "bytes=99999999-"}):
        answer = browser.get(url, headers=headers)
        assert answer.status_code in {206, 304, 416}
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("url", "policy"),
    [
        ("/", "private, no-cache"),
        ("/clone/", "private, no-cache"),
        ("/tags/", "private, no-cache"),
        ("/keys/", "no-store"),
        ("/accounts/email/", "no-store"),
        ("/nothing/", "no-store"),
        ("/healthz", "no-store"),
    ],
)
def test_private_pages_are_not_stored(cast: Cast, url: str, policy: str) -> None:
    assert cast.login(cast.ed).get(url)["Cache-Control"] == policy


def test_voice_pages_are_kept_for_going_back_only(world: World) -> None:
    browser = world.browser("owner")
    for name in ("voice", "voice-edit", "voice-delete"):
        assert browser.get(world.url(f"voices:{name}"))["Cache-Control"] == "private, no-cache"
    assert browser.get(world.url("voices:voice-audio"))["Cache-Control"].startswith("private")
    assert "no-store" in world.browser("staff").get("/admin/")["Cache-Control"]


def test_static_files_send_the_security_headers(db: None, settings: Settings) -> None:
    settings.WHITENOISE_USE_FINDERS = True  # nothing is collected for tests
    for url in ("/static/css/tokens.css", "/static/img/icons.svg", "/static/django_htmx/htmx-2.min.js"):
        answer = Client().get(url)
        assert (answer.status_code, lacking(answer)) == (200, []), url
        answer.close()


# --- what goes wrong before, in and behind a view ---


def broken(request: HttpRequest) -> HttpResponse:
    """A view that fails."""
    raise RuntimeError("a test broke it")


broken.login_required = False  # type: ignore[attr-defined]  # as `login_not_required` marks a view


class Broken:
    """The site's URLconf with a view that fails."""

    urlpatterns = (*urls.urlpatterns, path("broken/", broken))


def test_error_500_is_our_page_with_headers_and_no_details(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(ROOT_URLCONF=Broken):
        for browser in (Client(), cast.login(cast.ed)):
            browser.raise_request_exception = False
            answer = browser.get("/broken/")
            page = answer.content.decode()
            assert (answer.status_code, lacking(answer)) == (500, [])
            assert "Something went wrong" in page
            assert "Traceback" not in page and "a test broke it" not in page


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 400), ({"Host": "a b"}, 400), ({"Content-Length": "x"}, 403)],
)
def test_malformed_request_is_refused_with_security_headers(
    cast: Cast, headers: dict[str, str], status: int
) -> None:
    answer = (
        Client().post("/accounts/login/", headers=headers)
        if status == 403
        else Client().get("/", headers=headers)
    )
    assert answer.status_code in {status, 200}
    assert lacking(answer) == []


def test_oversized_form_is_400_with_security_headers(cast: Cast) -> None:
    many = {f"f{number}": "x" for number in range(1100)}
    for form in (many, {"name": "x" * 1_000_001}):
        answer = cast.login(cast.ed).post("/clone/", form)
        assert (answer.status_code, lacking(answer)) == (400, [])
        assert "Voice Studio couldn't read this request" in answer.content.decode()


# --- through the real ASGI application ---


async def through(app: Any, scope: Scope, body: bytes = b"") -> tuple[int, dict[str, str]]:
    """Status and headers of a request to an ASGI application."""
    told: list[Message] = []
    answered = asyncio.Event()
    inbox = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not inbox:
            await answered.wait()
        return inbox.pop() if inbox else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        told.append(message)
        if not message.get("more_body", message["type"] == "http.response.start"):
            answered.set()

    await app(scope, receive, send)
    headers = {name.decode().title(): value.decode() for name, value in told[0]["headers"]}
    return told[0]["status"], headers


def scope_of(method: str, path: str, **more: Any) -> Scope:
    """An HTTP scope as uvicorn makes it."""
    scope: Scope = AsyncRequestFactory()._base_scope(method=method, path=path)
    return scope | {"headers": [(b"host", b"localhost")]} | more


@pytest.mark.parametrize(
    ("status", "more"),
    [
        (400, {"headers": [(b"host", b"localhost"), (b"content-length", b"x")]}),
        (400, {"query_string": b"q=\xff\xfe"}),
        (403, {"headers": [(b"host", b"localhost"), (b"content-length", b"9")]}),
        (411, {"headers": [(b"host", b"localhost"), (b"transfer-encoding", b"chunked")]}),
        (413, {"headers": [(b"host", b"localhost"), (b"content-length", b"99999999")]}),
    ],
)
async def test_guard_responses_send_the_security_headers(status: int, more: dict[str, Any]) -> None:
    told, headers = await through(guarded, scope_of("POST", "/clone/", **more))
    assert told == status
    assert {name: headers.get(name.title()) for name in MUST} == MUST
    assert all(rule in headers["Content-Security-Policy"] for rule in STRICT_PAGES[:3])


def test_guard_uses_the_session_cookie_name_of_the_settings(settings: Settings) -> None:
    assert isinstance(guarded, Guard)
    assert guarded._session_cookie == settings.SESSION_COOKIE_NAME
    assert guarded._app is django_application


# --- cookies, and the profile behind TLS ---


def cookies_of(browser: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """The cookies of a login, with their flags."""
    browser.get("/accounts/login/")
    answer = browser.post("/accounts/login/", {"login": "ed@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    for name, cookie in browser.cookies.items():
        yield (
            name,
            {flag: cookie[flag] for flag in ("secure", "httponly", "samesite", "path", "domain", "max-age")},
        )


def test_cookies_are_lax_http_only_and_expire_after_12_hours(cast: Cast) -> None:
    found = dict(cookies_of(Client()))
    assert {"sessionid", "csrftoken"} <= found.keys()
    session = found["sessionid"]
    assert (session["httponly"], session["samesite"], session["path"], session["domain"]) == (
        True,
        "Lax",
        "/",
        "",
    )
    assert (session["max-age"], session["secure"]) == (12 * 3600, "")
    assert found["csrftoken"]["httponly"] is True
    assert found["csrftoken"]["samesite"] == "Lax"


def test_the_session_id_changes_at_login(cast: Cast) -> None:
    browser = Client()
    browser.cookies["sessionid"] = "f" * 32
    dict(cookies_of(browser))
    assert browser.cookies["sessionid"].value != "f" * 32


def run_in_tls_profile(folder: Path, *command: str, **own: str) -> subprocess.CompletedProcess[str]:
    """A Python with the product's settings as they are behind TLS, in a data folder of its own."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("VOICESTUDIO_", "DJANGO_"))
    }
    profile = {
        "VOICESTUDIO_DATA_DIR": str(folder),
        "VOICESTUDIO_HTTPS": "on",
        "VOICESTUDIO_ALLOWED_HOSTS": "studio.example",
        "VOICESTUDIO_EMAIL_URL": "smtp+tls://mail.example:587",
        **own,
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env=clean | profile, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


HSTS_PROBE = (
    "from voicestudio import settings; "
    "print(settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, settings.SECURE_HSTS_PRELOAD)"
)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({}, "31536000 False False"),
        ({"VOICESTUDIO_HSTS_SUBDOMAINS": "on", "VOICESTUDIO_HSTS_PRELOAD": "on"}, "31536000 True True"),
    ],
)
def test_hsts_covers_subdomains_only_if_asked(tmp_path: Path, own: dict[str, str], told: str) -> None:
    assert run_in_tls_profile(tmp_path, "-c", HSTS_PROBE, **own).stdout.strip() == told


TLS_PROBE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "voicestudio.settings"
import django
django.setup()
from django.conf import settings
from django.test import Client
# Nothing is collected here, which takes seconds; test_serve.py starts with static files as they are in life.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
from voices.models import User
User.objects.create_user("ed@example.com", "correct horse battery staple")
host = {"Host": "studio.example"}
tls = host | {"X-Forwarded-Proto": "https", "Referer": "https://studio.example/accounts/login/"}
plain = Client().get("/", headers=host)
print(plain.status_code, plain["Location"])
print(Client().get("/readyz", headers=host).status_code)
browser = Client(enforce_csrf_checks=True)
page = browser.get("/accounts/login/", headers=tls)
print(page["Strict-Transport-Security"])
token = browser.cookies["__Host-csrftoken"].value
form = {"login": "ed@example.com", "password": "correct horse battery staple", "csrfmiddlewaretoken": token}
answer = browser.post("/accounts/login/", form, headers=tls)
print(answer.status_code)
for name in sorted(browser.cookies):
    cookie = browser.cookies[name]
    print(name, cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], repr(cookie["domain"]))
foreign = browser.post("/accounts/login/", form, headers=tls | {"Referer": "https://evil.example/"})
print(foreign.status_code)
from voicestudio.asgi import guarded
print(guarded._session_cookie)
"""


def test_settings_behind_tls_secure_cookies_and_redirects(django_db_setup: None, tmp_path: Path) -> None:
    copy_migrated(tmp_path)
    ran = run_in_tls_profile(tmp_path, "-c", TLS_PROBE)
    told = ran.stdout.splitlines()
    assert ran.returncode == 0, ran.stderr
    assert told[:4] == [
        "301 https://studio.example/",
        "200",
        "max-age=31536000",
        "302",
    ]
    assert "__Host-csrftoken True True Lax / ''" in told
    assert "__Host-sessionid True True Lax / ''" in told
    assert not [line for line in told if line.startswith(("sessionid", "csrftoken"))]
    assert told[-2:] == ["403", "__Host-sessionid"]


@pytest.fixture
def behind_proxy(cast: Cast, settings: Settings) -> None:
    """The site behind TLS at studio.example."""
    settings.ALLOWED_HOSTS, settings.SECURE_PROXY_SSL_HEADER = ["studio.example"], ("HTTP_X_TLS", "on")


def sent_through_proxy(host: str, origin: str) -> HttpResponse:
    """The answer to a login whose proxy passes on that host."""
    browser, headers = Client(enforce_csrf_checks=True), {"Host": host, "X-TLS": "on"}
    browser.get("/accounts/login/", headers=headers)
    token = browser.cookies["csrftoken"].value
    form = {"login": "ed@example.com", "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer: HttpResponse = browser.post("/accounts/login/", form, headers=headers | {"Origin": origin})
    return answer


@pytest.mark.usefixtures("behind_proxy")
def test_a_proxy_on_another_port_passes_on_the_host() -> None:
    assert sent_through_proxy("studio.example:8580", "https://studio.example:8580").status_code == 302


@pytest.mark.usefixtures("behind_proxy")
@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        (
            "https://studio.example:8580",
            "opened https://studio.example:8580, but the proxy in front of Voice Studio says https://studio.example.",
        ),
        ("https://evil.example", "This form has expired"),
        ("https://[", "This form has expired"),
        ("null", "This form has expired"),
    ],
)
def test_form_refused_for_its_port_names_both_addresses(origin: str, sentence: str) -> None:
    answer = sent_through_proxy("studio.example", origin)  # without the port, as nginx's $host is
    assert answer.status_code == 403
    assert sentence in answer.content.decode()


def test_django_deploy_check_is_clean_behind_tls(tmp_path: Path) -> None:
    ran = run_in_tls_profile(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (ran.returncode, ran.stderr) == (0, "")
