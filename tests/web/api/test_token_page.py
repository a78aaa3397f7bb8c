"""The page of API tokens, and that a token is nowhere once it was shown."""

import io
import re
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.core import management
from django.core.signals import got_request_exception
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.views.debug import ExceptionReporter

from tests.base import Cast
from tests.builders import make_key
from tests.web.api.programs import make_token, program_with
from tests.web.api.test_access import TABLE
from tests.web.canary import logs
from tests.web.test_secrets import database_text, shown
from voices.models import ApiToken, AuditEntry, Membership, Role, User

__all__ = ["logs"]  # a fixture
SHOWN = re.compile(r'<code id="new-token">(vs_\w{49})</code>')


def create(browser: Client, **fields: Any) -> HttpResponse:
    """The answer to the form."""
    return browser.post("/tokens/new/", {"name": "CI", "expires": "30", **fields})


def test_token_is_shown_once_and_works(cast: Cast) -> None:
    browser = cast.login(cast.ed)
    made = create(browser, scopes=["clone"])
    value = SHOWN.search(made.content.decode())
    assert value is not None
    token = ApiToken.objects.get()
    assert (token.scopes, token.actor, token.start) == ("read clone", cast.ed.user, value[1][:11])
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)  # type: ignore[operator]  # set
    answer = Client(headers={"Authorization": f"Bearer {value[1]}"}).get("/api/v1/voices")
    assert answer.status_code == 200
    page = browser.get("/tokens/").content.decode()
    assert value[1] not in page
    assert value[1][:11] in page
    assert made["Cache-Control"] == "no-store"


def test_token_lasts_90_days_unless_said_otherwise(cast: Cast) -> None:
    create(cast.login(cast.ed), expires="")
    expires = ApiToken.objects.get().expires_at
    assert expires is not None
    assert (expires - timezone.now()).days == 89


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"expires": "never"}, 422),  # not among what an editor may choose
        ({"owner": "team"}, 403),
        ({"scopes": ["admin"]}, 422),
        ({"name": " "}, 422),
        ({"name": "x" * 61}, 422),
    ],
)
def test_editor_is_refused_what_admins_may(cast: Cast, fields: dict[str, Any], status: int) -> None:
    assert create(cast.login(cast.ed), **fields).status_code == status
    assert not ApiToken.objects.exists()


def test_team_token_has_an_account_that_cannot_log_in(cast: Cast) -> None:
    browser = cast.login(cast.ada)
    assert create(browser, owner="team", expires="never", scopes=["manage"]).status_code == 200
    token = ApiToken.objects.get()
    account = token.actor
    assert (token.is_of_team, token.expires_at, token.made_by) == (True, None, cast.ada.user)
    assert (account.is_active, account.has_usable_password()) == (False, False)
    assert not Membership.objects.filter(user=account).exists()
    assert create(browser, owner="team", scopes=["clone"]).status_code == 422
    assert User.objects.filter(email__endswith="@tokens.invalid").count() == 1


def test_creating_asks_who_it_is_after_five_minutes(cast: Cast) -> None:
    browser = cast.login(cast.ed)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0, "reauthenticated": True}]
    session.save()
    answer = create(browser)
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/reauthenticate/?next=%2Ftokens%2F")
    assert b"Confirm that it's you" in browser.get("/tokens/").content
    assert not ApiToken.objects.exists()


def test_admin_sees_finds_and_revokes_all_of_the_team(cast: Cast) -> None:
    token, value = make_token(cast.ed)
    make_token(cast.sam)
    browser = cast.login(cast.ada)
    page = browser.get("/tokens/").content.decode()
    assert page.count('<li id="token-') == 1
    assert "Ed" in page
    assert token.start in browser.get("/tokens/", {"q": token.start}).content.decode()
    assert "No tokens match" in browser.get("/tokens/", {"q": "vs_nothing"}).content.decode()
    assert browser.post(f"/tokens/{token.pk}/revoke/").status_code == 303
    assert program_with(value).get("/api/v1/voices").json()["code"] == "token_revoked"
    assert AuditEntry.objects.filter(verb="token.revoked", actor=cast.ada.user).count() == 1
    assert browser.post(f"/tokens/{token.pk}/revoke/").status_code == 303
    assert AuditEntry.objects.filter(verb="token.revoked").count() == 1


def test_members_see_only_their_own_tokens(cast: Cast) -> None:
    make_token(cast.ada)
    make_token(cast.ada, of_team=True)
    assert b'<li id="token-' not in cast.login(cast.ed).get("/tokens/").content
    Membership.objects.filter(pk=cast.ed.pk).update(role=Role.ADMIN)
    assert cast.login(cast.ed).get("/tokens/").content.count(b'<li id="token-') == 2


def test_documentation_shows_every_operation_and_problem(cast: Cast) -> None:
    browser = cast.login(cast.vera)
    docs = browser.get("/api/v1/docs/").content.decode()
    assert docs.count('<details class="operation"') == len(TABLE)
    assert "curl http://testserver/api/v1/voices \\\n  -H &quot;Authorization" in docs
    problems = browser.get("/api/v1/problems/").content.decode()
    assert '<div id="token_revoked">' in problems


class Boom(RuntimeError):
    """What goes wrong in the middle of a request."""


def fail(*args: Any) -> Any:
    """Fail as any query might."""
    raise Boom


def test_token_is_in_no_row_log_page_or_report(cast: Cast, logs: io.StringIO) -> None:
    make_key(cast.ed)
    _, value = make_token(cast.ed)
    client, told = program_with(value), []

    def report(sender: object, request: Any, **facts: object) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        told.extend((reporter.get_traceback_html(), reporter.get_traceback_text()))

    got_request_exception.connect(report)
    try:
        with connection.execute_wrapper(fail):
            answers = [client.get("/api/v1/voices"), client.post("/api/v1/voices", {"name": "Marlene"})]
    finally:
        got_request_exception.disconnect(report)
    assert [one.json()["code"] for one in answers] == ["internal", "internal"]
    assert len(told) == 4
    answers += [client.get("/api/v1/voices", {"t": value.reveal()}), cast.login(cast.ada).get("/tokens/")]
    export = io.StringIO()
    management.call_command("dumpdata", stdout=export)
    everything = [*told, *map(shown, answers), logs.getvalue(), database_text(), export.getvalue()]
    assert [text[:80] for text in everything if value.reveal()[11:] in text] == []
