"""A stored key is nowhere: no page of any role, no header, no redirect, no log, no report, no file, no row.

The keys of these tests are accepted, refused (the answer quotes them), out of reach, replaced, and made to fail at
every function that holds them. Then everything that could hold them is searched, in clear and encoded.
"""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import management
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.views.debug import ExceptionReporter
from pytest_django.fixtures import Settings

from tests.base import Cast, make_cast
from tests.builders import make_voice
from tests.web.access_matrix import ACCOUNT_CLOSED, ACCOUNT_OPEN, TABLE
from tests.web.api.programs import program
from tests.web.canary import CANARY, HIDDEN, OTHER, Upstream, leaks, logs, serving
from tests.web.routes import NOWHERE, World, account_url, admin_urls, make_world
from voices.actions.voice.definitions import public_definition, sealed_secrets
from voices.gateway import verify_encryption_key
from voices.models import EXTERNAL, ApiKey, KeyState, Membership, Role, Voice
from voices.web.clone.form import new_form_token
from voices.web.error_reports import ReportFilter
from voices.web.keys import read_key
from voices.web.setup import setup_token

pytestmark = pytest.mark.any_database  # the access matrix opens every page on PostgreSQL

__all__ = ["logs"]  # a fixture
HTMX = {"HX-Request": "true"}


@pytest.fixture
def upstream(settings: Settings) -> Iterator[Upstream]:
    stand_in = Upstream()
    with serving(stand_in) as url:
        settings.ALTHEA_URL = settings.SANDBOX_URL = url
        yield stand_in


def add(browser: Client, key: str = CANARY, **more: Any) -> HttpResponse:
    return browser.post(
        "/keys/add/", {"key": key, "label": "Mine", "endpoint": "althea", "unusual": "1"}, **more
    )


def shown(answer: HttpResponse) -> str:
    """All of an answer that leaves the server."""
    cookies = answer.cookies.output()
    body = b"".join(answer) if answer.streaming else answer.content
    return "\n".join((str(answer.headers), cookies, body.decode("utf-8", "replace")))


def test_leak_search_finds_every_encoding_of_a_key() -> None:
    for form in ({"plain": CANARY}, f"<p>{CANARY.encode().hex()}</p>{CANARY}"):
        assert leaks(str(form))
    assert leaks("x" + __import__("base64").b64encode(b"v1|" + CANARY.encode()).decode())
    assert not leaks("Cn4ryK3y…k<9>")


# --- the paths of a key, one by one ---


def accepted(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A key that works is stored."""
    first = add(browser)
    assert ApiKey.objects.get(state=KeyState.OK).last4 == CANARY[-4:]
    return [first, add(browser, headers=HTMX)]


def refused(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A refused key is not stored; Althea quotes it."""
    upstream.refused = {CANARY}
    answers = [add(browser), add(browser, headers=HTMX)]
    assert [one.status_code for one in answers] == [422, 422]
    assert not ApiKey.objects.exists()
    return answers


def unreachable(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A key that cannot be tested is stored, and says so."""
    settings.ALTHEA_URL = NOWHERE
    answers = [add(browser)]
    assert ApiKey.objects.get().state == KeyState.UNKNOWN
    return answers


def replaced(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A key is replaced: by one of another account, by a refused one, by a good one."""
    add(browser)
    url = f"/keys/{ApiKey.objects.get().pk}/replace/"
    other = browser.post(url, {"key": OTHER, "unusual": "1"})
    upstream.refused = {OTHER}
    bad = browser.post(url, {"key": OTHER, "unusual": "1"})
    upstream.refused, upstream.accounts[OTHER] = set(), "first"
    good = browser.post(url, {"key": OTHER, "unusual": "1"})
    assert [one.status_code for one in (other, bad, good)] == [422, 422, 303]
    return [other, bad, good]


def examined(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A stored key is tested: works, refused, out of reach, removed."""
    add(browser)
    url = f"/keys/{ApiKey.objects.get().pk}"
    answers = [browser.post(f"{url}/test/")]
    upstream.refused = {CANARY}
    answers.append(browser.post(f"{url}/test/"))
    settings.ALTHEA_URL = NOWHERE
    return [*answers, browser.post(f"{url}/test/"), browser.post(f"{url}/remove/")]


def malformed(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A key with a space in it, one in the wrong field, one in an address, one with wrong guards."""
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies.copy()
    return [
        add(browser, key=f"{CANARY} "[::1] + "x"),
        browser.post("/keys/add/", {"key": CANARY, "label": "x" * 99}),
        browser.post("/keys/add/", {"key": CANARY, "label": "Unconfirmed"}),
        browser.post("/keys/add/", {"key": CANARY, "endpoint": "nowhere"}),
        browser.put("/keys/add/", {"key": CANARY}),
        add(strict),
        add(Client()),
    ]


def passed_on(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A provider's key: with a space in it, refused by Althea, which quotes it, and with Althea out of reach."""
    Membership.objects.filter(user__email="ed@example.com").update(role=Role.ADMIN)
    add(browser)
    url = f"/keys/{ApiKey.objects.get().pk}/providers/elevenLabs/"
    answers = [browser.post(url, {"key": f"{OTHER} "[::1] + "x"}), browser.post(url, {"key": OTHER})]
    settings.ALTHEA_URL = NOWHERE
    answers.append(browser.post(url, {"key": OTHER}))
    assert [one.status_code for one in answers] == [422, 422, 422]
    return answers


def defined(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A secret in the settings of a new voice: typed wrong, tried (the answer quotes it), and sent."""
    add(browser)
    url, htmx = "/voices/new/generic/", {"HX-Request": "true"}
    answers = [browser.post(url, definition(**{"setting-url": "no address"}))]
    answers += [browser.post(url, definition(**{"try": "1"}), headers=one) for one in ({}, htmx)]
    answers.append(browser.post(url, definition()))
    assert [one.status_code for one in answers] == [422, 200, 200, 303]
    return [*answers, browser.get(answers[-1]["Location"])]


def definition(**more: str) -> dict[str, Any]:
    """What the form of a voice with a secret header sends."""
    ed = Membership.objects.get(user__email="ed@example.com", team__name="Northwind")
    typed = {
        "form_token": new_form_token(ed), "key": str(ApiKey.objects.get(label="Mine").pk), "name": "Marlene",
        "language": "en", "setting-url": "https://tts.example.com/speak", "setting-headers.name": "Authorization",
        "setting-headers.value": f"Bearer {OTHER}", "setting-body": '{"text": "{text}"}',
    }  # fmt: skip
    return typed | more


def sent(browser: Client, upstream: Upstream, settings: Settings) -> list[HttpResponse]:
    """A program sends a secret in the settings of a new voice: wrong in every way, as a rehearsal, and for good."""
    add(browser)
    ed = Membership.objects.get(user__email="ed@example.com", team__name="Northwind")
    client, url = program(ed), "/api/v1/voices/from-provider"
    engine = engine_with_secret()
    wrong = [
        {"definition": engine},
        {"name": "x" * 41, "definition": engine},
        {"name": "A", "definition": OTHER},
    ]
    wrong += [
        {"name": "A", "definition": {"generic": [OTHER]}},
        {"name": "A", "more": OTHER, "definition": engine},
    ]
    wrong += [{"name": "A", "definition": {"generic": engine["generic"] | {"url": f"http://x/?key={OTHER}"}}}]
    right = {"name": "Marlene", "definition": engine}
    again = {"Idempotency-Key": "1"}
    answers = [client.post(url, one, "application/json") for one in wrong]
    answers += [client.post(url, f"{{{OTHER}", "application/json")]
    answers += [client.post(f"{url}?dryRun=true", right, "application/json")]
    answers += [client.post(url, right | {"name": name}, "application/json", headers=again) for name in "ABA"]
    assert [one.status_code for one in answers] == [*[422] * 6, 400, 200, 202, 422, 202]
    return [*answers, client.get(answers[-1]["Location"]), client.get("/api/v1/jobs")]


def engine_with_secret() -> dict[str, Any]:
    """A definition as a program sends it, with a secret header and a secret in the body."""
    headers, body = {"Authorization": f"Bearer {OTHER}"}, {"text": "{text}", "token": OTHER}
    return {"generic": {"url": "https://tts.example.com/speak", "headers": headers, "body": body}}


PATHS = (accepted, refused, unreachable, replaced, examined, malformed, passed_on, defined, sent)


@pytest.mark.parametrize("path", PATHS)
def test_key_is_in_no_response_or_log_of_its_lifetime(
    cast: Cast,
    upstream: Upstream,
    settings: Settings,
    logs: io.StringIO,
    path: Callable[..., list[HttpResponse]],
) -> None:
    browser = cast.login(cast.ed)
    connection.force_debug_cursor = True
    try:
        answers = path(browser, upstream, settings)
    finally:
        connection.force_debug_cursor = False
    pages = [browser.get(url) for url in ("/keys/", "/clone/", "/")]
    assert [leak for one in answers + pages for leak in leaks(shown(one))] == []
    assert leaks(logs.getvalue()) == []
    if path not in (unreachable, malformed):
        assert upstream.seen[0] == CANARY
        assert "httpcore" in logs.getvalue()


def test_key_is_sent_to_althea_only_for_its_owner(cast: Cast, upstream: Upstream, settings: Settings) -> None:
    """Two people of one team, each with a key: a test by one sends only that one's."""
    upstream.accounts[OTHER] = "first"
    add(cast.login(cast.ed), CANARY)
    add(cast.login(cast.ada), OTHER)
    upstream.seen.clear()
    cast.login(cast.ed).post(f"/keys/{ApiKey.objects.get(owner=cast.ed.user).pk}/test/")
    assert upstream.seen == [CANARY]


# --- everything, searched ---


def crawl(world: World) -> Iterator[tuple[str, str, HttpResponse]]:
    """Every address of the site, read by every role; the admin site's by its staff.

    For htmx by those who see most: which part of a page it gets does not depend on the role.
    """
    ours = [world.url(name) for name in TABLE]
    accounts = [account_url(name) for name in sorted(ACCOUNT_OPEN | ACCOUNT_CLOSED)]
    keys = [f"/admin/voices/apikey/{key.pk}/change/" for key in ApiKey.objects.all()]
    inner = [*admin_urls(), *keys, "/admin/voices/apikey/?q=Cn4ryK3y", "/admin/voices/apikey/?q=leak"]
    for role in world.roles:
        browser = world.browser(role)
        for url in [*ours, *accounts, "/nothing/", *(inner if role == "staff" else inner[:1] + keys)]:
            yield role, url, browser.get(url)
            if url in ours and role in {"owner", "admin"}:
                yield role, url, browser.get(url, headers=HTMX)


def database_text() -> str:
    """Every value of every table, and every session in clear."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the tables' own names
            rows += [
                repr([bytes(one) if isinstance(one, memoryview) else one for one in row]) for row in cursor
            ]
    return "\n".join([*rows, *(repr(one.get_decoded()) for one in Session.objects.all())])


def stored_bytes(settings: Settings) -> Iterator[tuple[Path, bytes]]:
    """Every file of the data folder: database, its journal, recordings, previews, temporary files."""
    for path in Path(settings.DATA_DIR).rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def give_secret(voice: Voice) -> None:
    """Make it a provider's voice with a secret header, as a sync would."""
    headers = {"Authorization": f"Bearer {OTHER}"}
    told = {
        "generic": {"url": "https://tts.example.com/speak", "headers": headers, "body": {"text": "{text}"}}
    }
    voice.definition, voice.billing_style = public_definition(told), EXTERNAL
    voice.sealed_secrets = sealed_secrets(told, row_id=voice.pk)
    voice.save()


@pytest.mark.django_db(transaction=True)
def test_key_is_in_no_page_file_row_or_export(
    upstream: Upstream, settings: Settings, logs: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(make_cast())
    browser = world.browser("owner")
    add(browser)
    assert browser.post("/voices/new/generic/", definition()).status_code == 303
    upstream.refused = {CANARY}
    world.browser("owner").post(f"/keys/{ApiKey.objects.get(label='Mine').pk}/test/")
    give_secret(world.voice)
    private = settings.RECEIPT_KEY  # no page has it either
    pages = ((role, url, shown(answer)) for role, url, answer in crawl(world))
    assert [(role, url) for role, url, page in pages if leaks(page) or private in page] == []
    export = io.StringIO()
    management.call_command("dumpdata", stdout=export)
    assert "Cn4ryK3y" in export.getvalue()
    for text in (export.getvalue(), database_text(), logs.getvalue(), *capsys.readouterr()):
        assert (leaks(text), private in text) == ([], False)
    assert [path for path, content in stored_bytes(settings) if leaks(content)] == []


def test_password_is_in_no_log_and_no_row(cast: Cast, logs: io.StringIO) -> None:
    for word in (CANARY, "wrong"):
        Client().post("/accounts/login/", {"login": "ed@example.com", "password": word})
    cast.ed.user.set_password(CANARY)
    cast.ed.user.save()
    answer = Client().post("/accounts/login/", {"login": "ed@example.com", "password": CANARY})
    assert answer.status_code == 302
    assert leaks(logs.getvalue() + database_text() + shown(answer)) == []


# --- reports of errors, with the key in local variables ---


class Boom(RuntimeError):
    """What goes wrong, wherever it is told to."""


def holds(frame: FrameType) -> bool:
    """Whether a local variable shows a hidden part of a key. It is asked of every function that returns."""
    for value in frame.f_locals.values():
        if isinstance(value, (str, bytes, bytearray, dict, list, tuple)):
            shown = value if isinstance(value, str) else repr(value)
            if any(hidden in shown for hidden in HIDDEN):
                return True
    return False


def served(frame: FrameType | None) -> bool:
    """Whether the frame is below the handler: what the test's browser does is not ours."""
    while frame is not None:
        if frame.f_code.co_name == "get_response" and "handlers" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


@contextmanager
def traced(trace: Callable[..., Any]) -> Iterator[None]:
    """Every call of this thread is seen by the tracer."""
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def holders(act: Callable[[], object]) -> list[CodeType]:
    """The functions, ours and others', that hold a key in a local variable while the request is served."""
    found: dict[CodeType, None] = {}

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        frame.f_trace_lines = False
        if event == "return" and frame.f_code not in found and holds(frame) and served(frame):
            found[frame.f_code] = None
        return trace

    with traced(trace):
        act()
    return list(found)


def breaking(code: CodeType) -> Callable[..., Any]:
    """A tracer that makes that function fail at the first line at which it holds a key."""

    def lines(frame: FrameType, event: str, arg: object) -> Any:
        if event == "line" and holds(frame):
            sys.settrace(None)
            raise Boom
        return lines

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        return lines if frame.f_code is code and served(frame) else None

    return trace


def reports_of(act: Callable[[], object], code: CodeType) -> list[str]:
    """What Django would mail or show of the failure, as page and as text; the page's data of others' functions."""
    told: list[str] = []

    def report(sender: object, request: Any, **facts: object) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        if "/voices/" in code.co_filename:
            told.extend((reporter.get_traceback_html(), reporter.get_traceback_text()))
        else:  # a third of the time, and all that the page is drawn from
            data = reporter.get_traceback_data()
            told.append(repr([data[name] for name in ("frames", "filtered_POST_items", "request_meta")]))

    got_request_exception.connect(report)
    try:
        with traced(breaking(code)):
            act()
    finally:
        got_request_exception.disconnect(report)
    return told


def acts(cast: Cast) -> Iterator[Callable[[], object]]:
    """Requests that carry or open a key or a password, each repeatable."""
    browser = cast.login(cast.ed)
    browser.raise_request_exception = False
    add(browser)
    stored = ApiKey.objects.get()
    key, voice = stored.pk, make_voice(cast.ed, name="Lily", account=stored.account)
    give_secret(voice)
    yield lambda: add(browser)
    yield lambda: browser.post(f"/keys/{key}/replace/", {"key": CANARY, "unusual": "1"})
    yield lambda: browser.post(f"/keys/{key}/test/")
    yield lambda: browser.get(f"/voices/{voice.pk}/settings/")
    yield lambda: browser.post("/voices/new/generic/", definition())
    client, asked = program(cast.ed), {"name": "Sora", "definition": engine_with_secret()}
    yield lambda: client.post("/api/v1/voices/from-provider", asked, "application/json")
    Membership.objects.filter(user__email="ed@example.com").update(role=Role.ADMIN)
    yield lambda: browser.post(f"/keys/{key}/providers/elevenLabs/", {"key": OTHER})
    stranger = Client(raise_request_exception=False)
    yield lambda: stranger.post("/accounts/login/", {"login": "ed@example.com", "password": CANARY})


def is_parser(code: CodeType) -> bool:
    """Whether the function takes a body apart, whoever sent it: one request breaks it for all."""
    return "/django/http/" in code.co_filename or "/django/test/" in code.co_filename


def search_reports(act: Callable[[], object], codes: list[CodeType]) -> tuple[set[str], int]:
    """The functions whose failure told a key, and how many reports were read."""
    read, leaky = 0, set()
    for code in codes:
        told = reports_of(act, code)
        read += len(told)
        leaky |= {code.co_qualname for text in told if leaks(text)}
    return leaky, read


def test_error_reports_of_functions_with_a_key_never_show_it(
    cast: Cast, upstream: Upstream, logs: io.StringIO
) -> None:
    parsers: set[CodeType] = set()
    for act in acts(cast):
        codes = [code for code in holders(act) if code not in parsers]
        parsers |= {code for code in codes if is_parser(code)}
        leaky, read = search_reports(act, codes)
        assert sorted(leaky) == []
        assert read >= len(codes) // 2 > 0  # a failure that the product itself handles makes no report
    assert leaks(logs.getvalue()) == []


def test_error_reports_of_set_up_show_no_key_or_password(
    db: None, upstream: Upstream, logs: io.StringIO
) -> None:
    verify_encryption_key()
    form = {"name": "Ada", "email": "ada@new.example", "password": CANARY, "team": "North", "start": "key"}
    url, browser = f"/setup/{setup_token()}/", Client(raise_request_exception=False)

    def act() -> None:
        with transaction.atomic():
            browser.post(url, form | {"key": CANARY, "unusual": "1"})
            transaction.set_rollback(True)

    leaky, read = search_reports(act, [code for code in holders(act) if not is_parser(code)])
    assert (leaky, read > 20) == (set(), True)
    assert leaks(logs.getvalue()) == []


def test_error_reports_show_no_settings_of_a_provider() -> None:
    request = RequestFactory().post(
        "/", {"setting-headers.value": CANARY, "secret-1": CANARY, "name": "Anna"}
    )
    assert request.POST["name"] == "Anna"
    shown_fields = ReportFilter().get_post_parameters(request)
    assert (shown_fields["name"], leaks(repr(shown_fields))) == (["Anna"], [])


def test_debug_error_page_shows_no_key(cast: Cast, upstream: Upstream, settings: Settings) -> None:
    browser = cast.login(cast.ed)
    browser.raise_request_exception = False
    settings.DEBUG = True
    with traced(breaking(read_key.__wrapped__.__code__)):
        answer = add(browser)
    assert (answer.status_code, b"Boom" in answer.content, leaks(shown(answer))) == (500, True, [])
