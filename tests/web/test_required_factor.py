"""A team may require a second factor: who has none can only set one up."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from tests.base import Cast
from tests.web.test_second_factor import APP, SECURITY, add_app, give_password
from voices.models import AuditEntry, Team
from voices.web.http import TEAM_SESSION_KEY

SETTINGS = "/team/settings/"


@pytest.fixture
def ed(cast: Cast) -> Client:
    Team.objects.filter(pk=cast.northwind.pk).update(require_second_factor=True)
    return cast.login(cast.ed)


def test_member_without_a_factor_only_sets_one_up(ed: Client) -> None:
    for answer in (ed.get("/"), ed.post("/keys/add/"), ed.get("/admin/"), ed.get("/accounts/email/")):
        assert (answer.status_code, answer["Location"]) == (303, SECURITY)
    assert ed.get("/", headers={"HX-Request": "true"})["HX-Redirect"] == SECURITY
    page = ed.get(SECURITY).content.decode()
    assert "Northwind requires a second factor. Set one up below to continue." in page
    add_app(ed)
    assert "requires a second factor" not in ed.get(SECURITY).content.decode()
    assert ed.get("/").status_code == 200


def test_member_without_a_factor_may_confirm_and_log_out(ed: Client) -> None:
    for url in (APP, "/accounts/reauthenticate/", "/accounts/logout/", "/readyz"):
        assert ed.get(url).status_code == 200


def test_another_team_that_requires_none_stays_open(ed: Client, cast: Cast) -> None:
    cast.southwind.memberships.create(user=cast.ed.user)
    ed.post("/team/switch/", {"team": cast.southwind.pk})
    assert ed.session[TEAM_SESSION_KEY] == str(cast.southwind.pk)
    assert ed.get("/").status_code == 200


def test_only_factor_stays_while_the_team_requires_one(ed: Client, cast: Cast) -> None:
    add_app(ed)
    answer = ed.post("/accounts/security/app/remove/")
    assert "Your team requires a second factor, and this is your only one." in answer.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_admin_without_a_factor_cannot_require_one(cast: Cast) -> None:
    ada, form = cast.login(cast.ada), {"name": "Northwind", "require_second_factor": "on"}
    refused = ada.post(SETTINGS, form)
    assert refused.status_code == 422
    assert "Set up your own second factor on the Security page first" in refused.content.decode()
    assert not Team.objects.get(pk=cast.northwind.pk).require_second_factor
    add_app(ada)
    assert ada.post(SETTINGS, form).status_code == 303
    assert Team.objects.get(pk=cast.northwind.pk).require_second_factor


def test_operator_lets_in_who_lost_their_factor(ed: Client) -> None:
    add_app(ed)
    call_command("reset_second_factor", " ED@example.com ")
    assert give_password(Client())["Location"] == "/"
    entry = AuditEntry.objects.get(verb="person.factors_reset")
    assert (entry.actor, entry.thing_name, entry.facts) == (None, "Ed", {"factors": 2})
    with pytest.raises(CommandError, match="Nobody has the email"):
        call_command("reset_second_factor", "nobody@example.com")
