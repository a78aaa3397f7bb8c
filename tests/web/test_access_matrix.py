"""Who gets what, for every route, role, method, htmx or not, with and without a CSRF token.

A route that the URLconf has and the table (`access_matrix.py`) has not fails the test: nobody adds a page without
saying who sees it. Every answer is also checked for what each must have: the security headers, and compression only
where it holds no secret.
"""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.web.access_matrix import (
    ACCOUNT_CLOSED,
    ACCOUNT_OPEN,
    COMPRESSED,
    NOT_ALLOWED,
    PUBLIC,
    ROLES,
    TABLE,
    WITHOUT_TOKEN,
    L,
)
from tests.web.answer_headers import lacking
from tests.web.routes import NOWHERE, World, account_url, admin_urls, make_world, route_names
from tests.web.snapshots import snapshot
from voices.models import Membership, User

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
CHANGING = METHODS[2:]
TOKEN = "a" * 32


@pytest.fixture(scope="module")
def committed(stage: Cast) -> World:
    """The world of all tests of this module, in which everybody is logged in. What a test changes is rolled back."""
    world = make_world(stage)
    world.log_everybody_in()
    Membership.objects.update(last_seen_at="2100-01-01 00:00Z")  # a page writes it again after five minutes
    return world


@pytest.fixture
def world(committed: World, db: None, settings: Settings) -> World:
    settings.SANDBOX_URL = settings.ALTHEA_URL = NOWHERE
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 3600  # the logins are as old as the module's tests
    return committed


def test_every_route_is_in_the_access_matrix() -> None:
    # The API's are in tests/web/api/test_access.py: it knows no session.
    named = {name for name in route_names() if not name.startswith(("admin:", "api:"))}
    assert named == TABLE.keys() | ACCOUNT_OPEN | ACCOUNT_CLOSED


# --- our own routes ---


def expected(route: str, role: str, method: str) -> int | str:
    """What the table says for a request that carries a CSRF token."""
    reading, posting = TABLE[route]
    cells = {"GET": reading, "HEAD": reading, "POST": posting}.get(method)
    if cells is None:
        return L if role == "anon" and route not in PUBLIC else NOT_ALLOWED
    return cells[ROLES.index(role)]


def fits(answer: HttpResponse, wanted: int | str, *, htmx: bool) -> bool:
    """Whether the answer is the one wanted, in the form that a browser or htmx needs it."""
    status = answer.status_code
    if wanted == L and htmx and answer.wsgi_request.method in CHANGING:
        return status == 401 and not answer.has_header("HX-Redirect")
    if wanted == L:
        leads = answer.get("HX-Redirect" if htmx else "Location", "")
        return status == (401 if htmx else 302) and leads.startswith("/accounts/login/")
    if wanted == 303 and htmx:
        return status == 200
    return status == wanted


def compression_fits(answer: HttpResponse, route: str, *, role: str, method: str, htmx: bool) -> bool:
    """Whether it is compressed only where it may be; a page that those read who see most, wherever it may be."""
    is_compressed = answer.has_header("Content-Encoding")
    if role in {"owner", "admin"} and method == "GET" and not htmx and answer.status_code == 200:
        return is_compressed == (route in COMPRESSED)
    return not is_compressed or (role != "anon" and route in COMPRESSED)


def ask(browser: Client, method: str, url: str, *, htmx: bool, token: bool, team: str) -> HttpResponse:
    """One request; a form of the team's id, which only the team switch may heed."""
    headers = {"Accept-Encoding": "gzip, br"} | ({"HX-Request": "true"} if htmx else {})
    if token:
        browser.cookies["csrftoken"] = TOKEN
        headers["X-CSRFToken"] = TOKEN
    form = {"team": team, "label": "Other"} if method == "POST" else {}
    call = getattr(browser, method.lower())
    answer: HttpResponse = call(url, form, headers=headers) if form else call(url, headers=headers)
    return answer


def requests(role: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield every method, GET and POST from htmx and not; those that change also without a CSRF token.

    What does not depend on the role is tried as a stranger and as the role that may do most: HEAD runs the view of
    GET; no page answers PUT, PATCH and DELETE; without a token no view is reached, whatever the method.
    """
    yield from (("GET", False, True), ("POST", False, True))
    if connection.vendor == "postgresql":  # who may do what does not depend on the database; queries do
        return
    yield from (("GET", True, True), ("POST", True, True))
    if role in {"anon", "admin"}:
        yield from (("HEAD", False, True), ("POST", False, False), ("PATCH", True, False))
        yield from ((method, method != "PATCH", True) for method in CHANGING[1:])


@pytest.mark.parametrize("route", sorted(TABLE))
def test_every_role_gets_the_status_of_the_access_matrix(world: World, route: str) -> None:
    before, team, url = snapshot(), str(world.cast.northwind.pk), world.url(route)
    for role in ROLES:
        browser, wrong = world.browser(role, strict=True), []
        for method, htmx, token in requests(role):
            needs_token = method in CHANGING and route not in WITHOUT_TOKEN
            wanted = 403 if needs_token and not token else expected(route, role, method)
            with transaction.atomic():
                answer = ask(browser, method, url, htmx=htmx, token=token, team=team)
                # What is allowed is undone, so that the next one meets the same world; what is not must do nothing.
                transaction.set_rollback(wanted in {200, 303})
            if not fits(answer, wanted, htmx=htmx) or lacking(answer):
                wrong.append((method, htmx, token, answer.status_code, wanted, lacking(answer)))
            elif not compression_fits(answer, route, role=role, method=method, htmx=htmx):
                wrong.append((method, htmx, token, answer.headers))
            browser.cookies.pop("csrftoken", None)
        assert (role, wrong, snapshot() == before) == (role, [], True)


def test_foreign_and_missing_records_get_the_same_404(world: World) -> None:
    sam = world.browser("other")
    for route in ("voices:voice", "voices:clone-job", "voices:key-replace"):
        real = world.url(route)
        absent = real.replace(real.split("/")[2], "00000000-0000-4000-8000-000000000000")
        answers = [sam.get(url) for url in (real, absent)]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].content.count(b"Page not found") == answers[1].content.count(b"Page not found")


@pytest.mark.parametrize("route", ["voice-audio", "sample-audio", "sample-original"])
def test_range_and_head_of_foreign_audio_are_404(world: World, route: str) -> None:
    url = world.url(f"voices:{route}")
    assert world.browser("other").get(url, headers={"Range": "bytes=0-9"}).status_code == 404
    assert world.browser("other").head(url).status_code == 404
    assert world.browser("editor").get(url, headers={"Range": "bytes=0-9"}).status_code == 206


def test_removed_member_loses_access_at_the_next_request(world: World) -> None:
    browser = world.browser("viewer")
    assert browser.get(world.url("voices:voice")).status_code == 200
    Membership.objects.filter(user=world.cast.vera.user).delete()
    for route in ("voices:library", "voices:voice", "voices:voice-player", "voices:voice-audio"):
        assert browser.get(world.url(route)).status_code == 403


def test_deactivated_person_is_logged_out_at_the_next_request(world: World) -> None:
    browser = world.browser("owner")
    User.objects.filter(pk=world.cast.ed.user.pk).update(is_active=False)
    assert browser.get("/").status_code == 302


def test_lowered_role_removes_access_to_own_jobs(world: World) -> None:
    Membership.objects.filter(pk=world.cast.ed.pk).update(role="viewer")
    browser = world.browser("owner")
    assert browser.post(world.url("voices:clone-retry")).status_code == 403
    assert browser.post(world.url("voices:clone-cancel")).status_code == 403
    assert browser.post("/clone/").status_code == 403


def test_only_the_current_team_is_visible(world: World) -> None:
    """Sam joins Northwind: he sees its voice only while Northwind is his current team."""
    Membership.objects.create(user=world.cast.sam.user, team=world.cast.northwind, role="viewer")
    browser, url = world.browser("other"), world.url("voices:voice")
    for team, status in ((world.cast.southwind, 404), (world.cast.northwind, 200)):
        assert browser.post("/team/switch/", {"team": str(team.pk)}).status_code == 303
        assert browser.get(url).status_code == status
        assert (b"Marlene" in browser.get("/").content) is (status == 200)


# --- allauth's pages ---


@pytest.mark.parametrize("name", sorted(ACCOUNT_OPEN | ACCOUNT_CLOSED))
def test_account_pages_follow_their_access_rules(world: World, name: str) -> None:
    url = account_url(name)
    for role in ROLES:
        browser = world.browser(role, strict=True)
        if role in {"anon", "admin"}:  # without a token no view is reached: it cannot depend on the role
            answers = [getattr(browser, method.lower())(url) for method in CHANGING]
            assert [answer.status_code for answer in answers] == [403] * 4
            assert browser.head(url).status_code == browser.get(url).status_code
        read = browser.get(url)
        assert read.status_code in {200, 302, 404, 405}
        if role == "anon" and name in ACCOUNT_CLOSED:
            assert read.status_code == 302


@pytest.mark.parametrize("name", sorted(ACCOUNT_CLOSED))
def test_closed_account_pages_refuse_every_anonymous_method(world: World, name: str) -> None:
    for method in METHODS:
        for htmx in (False, True):
            answer = ask(Client(), method, account_url(name), htmx=htmx, token=True, team="")
            leads = answer.get("HX-Redirect", "") or answer.get("Location", "")
            assert answer.status_code in {302, 401, 405}
            is_told_in_place = htmx and method in CHANGING
            assert answer.status_code == 405 or is_told_in_place or leads.startswith("/")


# --- the admin site ---


def test_admin_site_is_for_staff_only(world: World) -> None:
    browsers = {role: world.browser(role) for role in ROLES}
    strict = world.browser("staff", strict=True)
    for url in admin_urls():
        # The site asks one thing only, whether somebody is staff: every role is tried on the lists, and the stranger
        # and the admin, who may do most of those who are not, on every page.
        for role in ROLES[:-1] if url.count("/") <= 4 else ("anon", "admin"):
            for method in ("get", "post"):
                answer = getattr(browsers[role], method)(url)
                assert answer.status_code == 302, (url, role, method)
                assert answer["Location"].startswith(("/admin/login/", "/accounts/login/"))
        page, refused = browsers["staff"].get(url), strict.post(url)
        assert page.status_code in {200, 301, 302, 403}, url
        assert refused.status_code == 403
        assert (lacking(page), lacking(refused)) == ([], []), url


def test_admin_login_redirects_to_the_main_login(world: World) -> None:
    answer = Client().get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2F")
    assert world.browser("admin").get("/admin/login/").status_code == 403
    assert world.browser("other").get("/admin/nothing/").status_code == 302


def test_admin_shows_no_model_to_plain_staff(world: World) -> None:
    User.objects.filter(pk=world.staff.pk).update(is_superuser=False)
    browser = world.browser("staff")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert browser.get(reverse(name)).status_code == 403
