"""Who gets what, for every route, role, method, htmx or not, with and without a CSRF token.

A route that the URLconf has and this table has not fails the test: nobody adds a page without saying who sees it.
`L` is the login: 302 for a browser, 401 for htmx, with HX-Redirect if it reads. A 303 after a
change is 200 with HX-Redirect, or a fragment, for htmx.
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
from tests.web.routes import NOWHERE, World, make_world, route_names
from tests.web.snapshots import snapshot
from voices.models import Membership, User

ROLES = ("anon", "other", "viewer", "editor", "owner", "admin", "staff")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
CHANGING = METHODS[2:]
TOKEN = "a" * 32
L, NOT_ALLOWED = "L", 405
Cells = tuple[int | str, ...]

# A closed page: nobody of another team learns that the record exists; Nora is staff, but in no team.
TEAM_THING: Cells = (L, 404, 200, 200, 200, 200, 403)
# Ed alone has a key of the voice's account, and nothing answers where it leads: what is asked of Althea is not done.
CHANGED_THING: tuple[Cells, Cells] = ((L, 404, 403, 200, 200, 200, 403), (L, 404, 403, 422, 422, 422, 403))
# An empty form was asked nothing, so nothing is deleted.
DELETED_THING: tuple[Cells, Cells] = ((L, 404, 403, 200, 200, 200, 403), (L, 404, 403, 303, 303, 303, 403))
# What editors keep in order: viewers look at it only.
ORDERED_PAGE: Cells = (L, 404, 403, 200, 200, 200, 403)
ORDERED_THING: Cells = (L, 404, 403, 422, 422, 422, 403)
OWN_PAGE: Cells = (L, 200, 200, 200, 200, 200, 403)
OWN_KEY: Cells = (L, 404, 404, 404, 303, 404, 403)
OWN_KEY_PAGE: Cells = (L, 404, 404, 404, 200, 404, 403)
# Of the team's admins, and of staff, who are in no team here.
ADMINS_AND_STAFF: Cells = (L, 200, 403, 403, 403, 200, 200)
EDITORS_JOB: Cells = (L, 404, 403, 404, 303, 303, 403)
OWN_BATCH: Cells = (L, 404, 403, 404, 303, 403, 403)
ADMINS_PAGE: Cells = (L, 404, 403, 403, 403, 200, 403)
ADMINS_PAGE_OF_OWN: Cells = (L, 200, 403, 403, 403, 200, 403)
OTHERS_KEY: Cells = (L, 404, 403, 403, 403, 404, 403)
ADMINS_THING: Cells = (L, 404, 403, 403, 403, 303, 403)
ANYBODY: Cells = (200,) * 7

# Route: (cells of GET and HEAD, cells of POST); None: the method is not allowed.
TABLE: dict[str, tuple[Cells | None, Cells | None]] = {
    "voices:library": (OWN_PAGE, None),
    "voices:library-counts": (OWN_PAGE, None),
    "voices:library-deleted": (OWN_PAGE, None),
    "voices:views": (OWN_PAGE, None),
    # An empty form has no name for the view: back to the library with a sentence.
    "voices:view-save": (None, (L, 303, 303, 303, 303, 303, 403)),
    # Ed's own view; an admin may change what is shared.
    "voices:view-update": (None, (L, 404, 404, 404, 303, 303, 403)),
    "voices:view-rename": (None, (L, 404, 404, 404, 303, 303, 403)),
    "voices:view-share": (None, (L, 404, 404, 404, 303, 303, 403)),
    "voices:view-remove": (None, (L, 404, 404, 404, 303, 303, 403)),
    # The line for htmx; without it the library, where the line stands.
    "voices:sync": ((L, 303, 303, 303, 303, 303, 403), (L, 303, 403, 303, 303, 303, 403)),
    "voices:sync-catalogue": (None, (L, 303, 403, 403, 403, 303, 403)),
    "voices:library-export": (OWN_PAGE, (L, 303, 303, 303, 303, 303, 403)),
    # The table's form chooses no voices: back to the library with a sentence. Rights are told in test_bulk.py.
    "voices:bulk": (OWN_PAGE, (L, 303, 303, 303, 303, 303, 403)),
    "voices:bulk-run": ((L, 404, 404, 404, 200, 200, 403), None),
    "voices:bulk-cancel": (None, (L, 404, 404, 404, 303, 303, 403)),
    # With the key of who asked: not even an admin may.
    "voices:bulk-retry": (None, (L, 404, 404, 404, 303, 403, 403)),
    # The world's change is a deletion: it is told that this has no undo.
    "voices:bulk-undo": (None, (L, 404, 404, 404, 303, 303, 403)),
    # The addresses name no model, and no voices: a sentence says how to choose some.
    "voices:model-change": ((L, 404, 403, 404, 404, 404, 403), (L, 404, 403, 404, 404, 404, 403)),
    "voices:compare": (OWN_PAGE, (L, 303, 303, 303, 303, 303, 403)),
    "voices:clone": (OWN_PAGE, (L, 400, 403, 400, 400, 400, 403)),
    "voices:clone-script": (OWN_PAGE, None),
    # Who has no key is sent to the clone page, which says so; an empty form did not arrive to its end.
    "voices:several": ((L, 303, 403, 303, 200, 303, 403), (L, 400, 403, 400, 400, 400, 403)),
    "voices:several-upload": (None, (L, 400, 403, 400, 400, 400, 403)),
    "voices:several-batch": ((L, 404, 404, 404, 200, 200, 403), None),
    # With the key of who began it: an admin may look, and retry what failed.
    "voices:several-save": (None, OWN_BATCH),
    "voices:several-remove": (None, OWN_BATCH),
    "voices:several-discard": (None, OWN_BATCH),
    "voices:several-submit": (None, OWN_BATCH),
    "voices:several-retry": (None, EDITORS_JOB),
    # A login on the way leads back by GET: to the clone page.
    "voices:clone-sample": ((L, 302, 302, 302, 302, 302, 403), (L, 400, 403, 400, 400, 400, 403)),
    "voices:clone-part": ((L, 302, 302, 302, 302, 302, 403), (L, 400, 403, 400, 400, 400, 403)),
    # A recording is heard by those who may clone.
    "voices:sample-audio": (ORDERED_PAGE, None),
    "voices:sample-original": (ORDERED_PAGE, None),
    "voices:requests": (OWN_PAGE, None),
    "voices:request-new": ((L, 200, 403, 200, 200, 200, 403), (L, 422, 403, 422, 422, 422, 403)),
    "voices:request": (TEAM_THING, None),
    # Ed's own request; an admin may decide on all.
    "voices:request-again": ((L, 404, 403, 403, 200, 200, 403), (L, 404, 403, 403, 422, 422, 403)),
    "voices:request-accept": (None, (L, 404, 403, 403, 303, 303, 403)),
    "voices:request-decline": (None, (L, 404, 403, 403, 303, 303, 403)),
    "voices:request-withdraw": (None, (L, 404, 403, 403, 303, 303, 403)),
    # Ed's request for the deletion of his voice: every other editor and admin decides, and only he takes it back.
    "voices:approvals": ((L, 200, 403, 200, 200, 200, 403), None),
    "voices:approval": (ORDERED_PAGE, None),
    "voices:approval-approve": (None, (L, 404, 403, 303, 403, 303, 403)),
    "voices:approval-decline": (None, (L, 404, 403, 303, 403, 303, 403)),
    "voices:approval-withdraw": (None, (L, 404, 403, 403, 303, 403, 403)),
    # Whoever has the link; what comes without the form's last field was cut off.
    "voices:speak": (ANYBODY, (400,) * 7),
    "voices:clone-job": ((L, 404, 404, 404, 200, 200, 403), None),
    "voices:clone-jobs": (OWN_PAGE, None),
    "voices:clone-dismiss": (None, EDITORS_JOB),
    # An empty form names no clones: the library again.
    "voices:clones-dismiss": (None, (L, 303, 403, 303, 303, 303, 403)),
    "voices:clone-retry": (None, EDITORS_JOB),
    "voices:clone-look": (None, EDITORS_JOB),
    "voices:clone-cancel": (None, EDITORS_JOB),
    "voices:voice": (TEAM_THING, None),
    "voices:voice-activity": (TEAM_THING, None),
    # The sandbox is nowhere: that it could not be read is said on the page.
    "voices:voice-uses": (TEAM_THING, None),
    "voices:voice-favourite": (None, (L, 404, 303, 303, 303, 303, 403)),
    # Whose key does not get there is told so on the voice's page.
    "voices:voice-check": (None, (L, 404, 403, 303, 303, 303, 403)),
    "voices:voice-edit": CHANGED_THING,
    # The world's voice is a clone, whose settings nobody changes.
    "voices:voice-settings": CHANGED_THING,
    "voices:voice-new": (OWN_PAGE, None),
    "voices:voice-new-engine": (OWN_PAGE, (L, 422, 403, 422, 422, 422, 403)),
    # Nobody has tried anything.
    "voices:voice-try": ((L, 404, 404, 404, 404, 404, 403), None),
    # An empty form names no new voice.
    "voices:voice-swap": CHANGED_THING,
    "voices:voice-delete": DELETED_THING,
    "voices:voice-remove": DELETED_THING,
    # The world's voice is there at Althea: who may clone again what is not is sent back to its page.
    "voices:voice-clone-again": ((L, 404, 403, 403, 403, 303, 403), (L, 404, 403, 403, 403, 303, 403)),
    # Empty forms: a name, a stage and a note's first state are wanted.
    "voices:voice-tags": (None, ORDERED_THING),
    "voices:voice-stage": (None, ORDERED_THING),
    "voices:voice-notes": (None, (L, 404, 403, 303, 303, 303, 403)),
    "voices:voice-aliases": (None, ORDERED_THING),
    # What the form sends is cut off here: its last field is missing.
    "voices:voice-consent": (ORDERED_PAGE, (L, 404, 403, 400, 400, 400, 403)),
    "voices:dashboard": (ADMINS_AND_STAFF, None),
    "voices:dashboard-clones": (ADMINS_AND_STAFF, None),
    "voices:dashboard-figure": (ADMINS_AND_STAFF, None),
    "voices:consents": (OWN_PAGE, None),
    "voices:consent": (TEAM_THING, None),
    "voices:consent-receipt": (TEAM_THING, None),
    # Ed recorded it: of the editors only he may withdraw it; an empty form gives no reason.
    "voices:consent-withdraw": (None, (L, 404, 403, 403, 422, 422, 403)),
    "voices:consent-keys": (ANYBODY, None),
    "voices:statements": (OWN_PAGE, (L, 422, 403, 403, 403, 422, 403)),
    "voices:tags": (OWN_PAGE, None),
    "voices:tag-rename": (ORDERED_PAGE, ORDERED_THING),
    "voices:tag-merge": (ORDERED_PAGE, ORDERED_THING),
    "voices:tag-remove": (ORDERED_PAGE, (L, 404, 403, 303, 303, 303, 403)),
    "voices:aliases": (OWN_PAGE, None),
    "voices:alias-new": ((L, 200, 403, 200, 200, 200, 403), (L, 422, 403, 422, 422, 422, 403)),
    "voices:alias-move": (ORDERED_PAGE, ORDERED_THING),
    "voices:alias-rename": (ORDERED_PAGE, ORDERED_THING),
    "voices:alias-remove": (ORDERED_PAGE, (L, 404, 403, 303, 303, 303, 403)),
    "voices:auditions": (OWN_PAGE, None),
    "voices:audition-new": ((L, 200, 403, 200, 200, 200, 403), (L, 422, 403, 422, 422, 422, 403)),
    # The table's form selects no voices: back to the library with a sentence.
    "voices:audition-pick": (None, (L, 303, 403, 303, 303, 303, 403)),
    "voices:audition": (TEAM_THING, None),
    # An empty form rates nothing.
    "voices:audition-rate": (None, (L, 404, 303, 303, 303, 303, 403)),
    # Ed's address of the voice: nobody else's, an admin's included.
    "voices:audition-audio": ((L, 404, 404, 404, 200, 404, 403), None),
    # Ed's own audition; an admin may end and delete all.
    "voices:audition-end": ((L, 404, 403, 403, 200, 200, 403), (L, 404, 403, 403, 303, 303, 403)),
    "voices:audition-delete": ((L, 404, 403, 403, 200, 200, 403), (L, 404, 403, 403, 303, 303, 403)),
    "voices:voice-player": (TEAM_THING, None),
    "voices:voice-audio": (TEAM_THING, None),
    "voices:voice-preview-retry": (None, (L, 404, 303, 303, 303, 303, 403)),
    # One's own key, by a person who may delete voices and clone.
    "voices:slots-room": ((L, 404, 403, 404, 200, 404, 403), None),
    # The note for htmx; without it the clone page, where the note stands.
    "voices:slots-full": ((L, 303, 403, 303, 303, 303, 403), None),
    "voices:slots-check": (None, (L, 404, 403, 404, 303, 404, 403)),
    "voices:keys": (OWN_PAGE, None),
    "voices:key-add": (None, (L, 422, 422, 422, 422, 422, 403)),
    "voices:key-sandbox": (None, (L, 303, 303, 303, 303, 303, 403)),
    "voices:key-test": (None, OWN_KEY),
    "voices:key-default": (None, OWN_KEY),
    "voices:key-label": (None, OWN_KEY),
    "voices:key-replace": (OWN_KEY_PAGE, (L, 404, 404, 404, 422, 404, 403)),
    "voices:key-remove": (OWN_KEY_PAGE, OWN_KEY),
    "voices:provider-keys": (ADMINS_PAGE_OF_OWN, None),
    # The key is Ed's, who is no admin; whoever may clone asks of their own key.
    "voices:provider-key": ((L, 404, 403, 404, 200, 404, 403), None),
    "voices:provider-key-store": (OTHERS_KEY, OTHERS_KEY),
    "voices:provider-key-remove": (OTHERS_KEY, OTHERS_KEY),
    # Nora reads every team's activity, as a superuser.
    "voices:activity": (ADMINS_AND_STAFF, None),
    "voices:activity-export": (ADMINS_AND_STAFF, None),
    "voices:team": (OWN_PAGE, None),
    # Of Ed, an editor: an admin may, and he may leave. An empty form chooses no role, and the removal needs no choice.
    "voices:team-role": ((L, 404, 403, 403, 403, 200, 403), (L, 404, 403, 403, 403, 422, 403)),
    "voices:team-remove": ((L, 404, 403, 403, 200, 200, 403), (L, 404, 403, 403, 303, 303, 403)),
    # An empty form names no address and no event. What an admin alone sees is 404 for other teams' admins.
    "voices:webhooks": ((L, 200, 403, 403, 403, 200, 403), None),
    "voices:webhook-new": ((L, 200, 403, 403, 403, 200, 403), (L, 422, 403, 403, 403, 422, 403)),
    "voices:webhook": (ADMINS_PAGE, None),
    "voices:webhook-edit": (ADMINS_PAGE, (L, 404, 403, 403, 403, 422, 403)),
    "voices:webhook-rotate": (None, ADMINS_PAGE),
    "voices:webhook-switch": (None, ADMINS_THING),
    "voices:webhook-remove": (ADMINS_PAGE, ADMINS_THING),
    "voices:webhook-test": (None, ADMINS_THING),
    "voices:webhook-again": (None, ADMINS_THING),
    # An empty form has no choices.
    "voices:notifications": (OWN_PAGE, (L, 422, 422, 422, 422, 422, 403)),
    # Whoever has an email: its link turns off the emails of the person it was sent to.
    "voices:unsubscribe": (ANYBODY, ANYBODY),
    "voices:team-invite": ((L, 200, 403, 403, 403, 200, 403), (L, 422, 403, 403, 403, 422, 403)),
    "voices:invitation-renew": (None, (L, 404, 403, 403, 403, 200, 403)),
    "voices:invitation-revoke": (None, (L, 404, 403, 403, 403, 303, 403)),
    # It is for somebody without an account: an empty form makes none. Everybody else is told whom it is for.
    "voices:join": ((200,) + (403,) * 6, (422,) + (403,) * 6),
    # An empty form gives the team no name.
    "voices:team-settings": ((L, 200, 403, 403, 403, 200, 403), (L, 422, 403, 403, 403, 422, 403)),
    # Admins of any team, and staff, who need not be in one. An empty form gives no name.
    "voices:team-new": ((L, 200, 403, 403, 403, 200, 200), (L, 422, 403, 403, 403, 422, 422)),
    "voices:team-delete": ((L, 200, 403, 403, 403, 200, 403), (L, 422, 403, 403, 403, 422, 403)),
    "voices:tokens": (OWN_PAGE, None),
    "voices:token-new": (None, (L, 422, 422, 422, 422, 422, 403)),
    # Ed's own token; an admin revokes any of the team.
    "voices:token-revoke": ((L, 404, 404, 404, 200, 200, 403), (L, 404, 404, 404, 303, 303, 403)),
    "voices:api-docs": (OWN_PAGE, None),
    "voices:api-problems": (OWN_PAGE, None),
    "voices:team-switch": (None, (L, 404, 303, 303, 303, 303, 403)),
    "voices:setup": ((410,) * 7, (410,) * 7),
    "voices:readyz": (ANYBODY, None),
    "voices:metrics": ((404,) * 7, None),  # without a token in the settings
}
PUBLIC = {
    "voices:unsubscribe",
    "voices:setup",
    "voices:join",
    "voices:speak",
    "voices:readyz",
    "voices:metrics",
    "voices:consent-keys",
}

# Mail programs post there without having seen a page.
WITHOUT_TOKEN = {"voices:unsubscribe"}

# allauth's pages: whether a stranger sees them, or is led to the login.
ACCOUNT_OPEN = {
    "account_login", "account_inactive", "account_signup", "account_email_verification_sent",
    "account_reset_password", "account_reset_password_from_key_done",
    "account_reset_password_from_key", "account_reset_password_done", "account_confirm_login_code",
    "mfa_authenticate", "mfa_login_webauthn", "oidc_login", "oidc_callback",
}  # fmt: skip
ACCOUNT_CLOSED = {
    "account_logout", "account_reauthenticate", "account_email", "account_confirm_email", "account_change_password",
    "account_set_password", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_index", "mfa_list_webauthn",
    "mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "sessions-end", "oidc_remove",
}  # fmt: skip


@pytest.fixture(scope="module")
def committed(stage: Cast) -> World:
    """The world of all tests of this module, in which everybody is logged in. What a test changes is rolled back."""
    world = make_world(stage)
    world.log_everybody_in()
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


def ask(browser: Client, method: str, url: str, *, htmx: bool, token: bool, team: str) -> HttpResponse:
    """One request; a form of the team's id, which only the team switch may heed."""
    headers = {"HX-Request": "true"} if htmx else {}
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
    if (
        connection.vendor == "postgresql"
    ):  # who may do what does not depend on the database, but the queries do
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
            if not fits(answer, wanted, htmx=htmx):
                wrong.append((method, htmx, token, answer.status_code, wanted))
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


def account_url(name: str) -> str:
    """The address of one of allauth's pages; links of mails are made up."""
    args: dict[str, list[str | int]] = {
        "account_confirm_email": ["no:such:key"],
        "account_reset_password_from_key": ["1", "no-such-key"],
        "mfa_edit_webauthn": [1],
        "mfa_remove_webauthn": [1],
    }
    return reverse(name, args=args.get(name, []))


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


def admin_urls(world: World) -> list[str]:
    """The site's own pages, and list, form, change, history and removal of every model in it."""
    urls = [reverse(f"admin:{name}") for name in ("index", "password_change", "jsi18n", "autocomplete")]
    urls += [reverse("admin:app_list", args=["voices"])] if _has_ours() else []
    for model in admin.site._registry:
        base, first = f"admin:{model._meta.app_label}_{model._meta.model_name}", model._base_manager.first()
        urls += [reverse(f"{base}_changelist"), reverse(f"{base}_add")]
        if first:
            urls += [reverse(f"{base}_{page}", args=[first.pk]) for page in ("change", "history", "delete")]
    return urls


def _has_ours() -> bool:
    return any(model._meta.app_label == "voices" for model in admin.site._registry)


def test_admin_site_is_for_staff_only(world: World) -> None:
    browsers = {role: world.browser(role) for role in ROLES}
    strict = world.browser("staff", strict=True)
    for url in admin_urls(world):
        # The site asks one thing only, whether somebody is staff: every role is tried on the lists, and the stranger
        # and the admin, who may do most of those who are not, on every page.
        for role in ROLES[:-1] if url.count("/") <= 4 else ("anon", "admin"):
            for method in ("get", "post"):
                answer = getattr(browsers[role], method)(url)
                assert answer.status_code == 302, (url, role, method)
                assert answer["Location"].startswith(("/admin/login/", "/accounts/login/"))
        assert browsers["staff"].get(url).status_code in {200, 301, 302, 403}, url
        assert strict.post(url).status_code == 403


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
