"""The approvals page and what other pages say of the two-person rule and the clone quota."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests import sounds
from tests.actions.approvals.helpers import clone, only_request, turn_on
from tests.base import Cast
from tests.builders import make_account, make_approval, make_key, make_voice
from tests.web.clone.forms import clone_form
from tests.web.routes import NOWHERE
from voices.actions.bulk.submit import BulkOperation, request_bulk_change
from voices.models import (
    Approval,
    ApprovalState,
    BulkRun,
    BulkState,
    BulkVerb,
    CloneJob,
    Membership,
    Role,
    Stage,
    State,
    Team,
    User,
    Voice,
)

OTHERS_VOICE = {"consent": "agreed", "speaker": "Ana Ruiz", "relation": "actor"}


@pytest.fixture(autouse=True)
def alone(db: None, settings: Settings) -> None:
    """No Althea answers."""
    settings.SANDBOX_URL = settings.ALTHEA_URL = NOWHERE


@pytest.fixture
def ruled(cast: Cast) -> Cast:
    turn_on(cast.northwind)
    return cast


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def told(answer: HttpResponse) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def decide(browser: Client, what: str, **form: str) -> HttpResponse:
    return browser.post(f"/approvals/{only_request().pk}/{what}/", form)


def send(browser: Client, **fields: Any) -> HttpResponse:
    file = SimpleUploadedFile("ana.wav", sounds.speech_wav(seconds=12))
    return browser.post("/clone/", clone_form(browser, **{"file": file, **OTHERS_VOICE, **fields}))


def test_clone_form_asks_and_the_approval_sends(ruled: Cast) -> None:
    make_key(ruled.ed)
    ed, ada = ruled.login(ruled.ed), ruled.login(ruled.ada)
    page = text(ed.get(send(ed)["Location"]))
    assert "Waiting for another editor or admin to approve it." in page
    assert "Waiting for approval" in text(ed.get("/"))
    listed = text(ada.get("/approvals/"))
    assert "Approvals 1 waiting for you" in listed
    assert "Waiting for you Clone “Marlene” Ed" in listed
    shown = ada.get(f"/approvals/{only_request().pk}/")
    job = CloneJob.objects.get()
    assert f"/samples/{job.sample_id}/audio/" in shown.content.decode()
    assert f"/consents/{job.consent.uid}/" in shown.content.decode()  # type: ignore[union-attr]  # was stated
    assert "with Ed's key" in text(shown)
    answer = decide(ada, "approve", remark="Contract seen")
    assert (answer["Location"], told(answer)) == (
        "/approvals/",
        "Approved. The recording is sent with Ed's key.",
    )
    job.refresh_from_db()
    assert (job.state, only_request().message) == (State.READY, "Contract seen")


def test_own_request_has_no_decision_but_a_way_back(ruled: Cast) -> None:
    clone(ruled.ed, now=timezone.now())
    ed = ruled.login(ruled.ed)
    page = text(ed.get(f"/approvals/{only_request().pk}/"))
    assert "Your decision" not in page
    assert "Withdraw request" in page
    assert "waiting for you" not in page
    assert told(decide(ed, "withdraw")) == "Withdrawn. Nothing was done."
    assert only_request().state == ApprovalState.WITHDRAWN


def test_decline_shows_the_remark_to_the_requester(ruled: Cast) -> None:
    job = clone(ruled.ed, now=timezone.now())
    decide(ruled.login(ruled.ada), "decline", remark="Wrong Ana")
    ed = ruled.login(ruled.ed)
    page = text(ed.get(f"/clones/{job.pk}/"))
    assert "Ada declined this: Wrong Ana Edit and resend it" in page
    assert "Try again" not in page
    assert "Ada declined this: Wrong Ana" in text(ed.get("/"))


def test_second_decision_says_who_was_first(ruled: Cast) -> None:
    clone(ruled.ed, now=timezone.now())
    ada = ruled.login(ruled.ada)
    decide(ada, "approve")
    assert told(decide(ada, "decline")).endswith("This request was already approved by Ada.")


def test_approve_of_a_clone_without_a_slot_asks_again(ruled: Cast) -> None:
    key = make_key(ruled.ed, account=make_account(name="Full", allowed_voices=0))
    job = clone(ruled.ed, key=key, now=timezone.now())
    ada = ruled.login(ruled.ada)
    assert "Full is full: 0 of 0" in text(ada.get(f"/approvals/{only_request().pk}/"))
    assert "tick “Approve anyway”" in told(decide(ada, "approve"))
    assert only_request().state == ApprovalState.WAITING
    decide(ada, "approve", anyway="1")
    job.refresh_from_db()
    assert job.state == State.READY


def test_delete_page_requests_instead_of_deleting(ruled: Cast) -> None:
    voice = make_voice(ruled.ed)
    make_key(ruled.ed, account=voice.account)
    ed = ruled.login(ruled.ed)
    assert "Request deletion" in text(ed.get(f"/voices/{voice.pk}/delete/"))
    answer = ed.post(f"/voices/{voice.pk}/delete/", {"asked": "delete"})
    assert answer["Location"] == f"/voices/{voice.pk}/"
    assert "Deletion requested" in text(ed.get(f"/voices/{voice.pk}/"))
    again = ed.post(f"/voices/{voice.pk}/delete/", {"asked": "delete"})
    assert "Ed already asked for this" in text(again)
    assert (only_request().voice, Voice.objects.get().deleted_at) == (voice, None)


def test_stage_form_requests_instead_of_approving(ruled: Cast) -> None:
    voice, ed = make_voice(ruled.ed), ruled.login(ruled.ed)
    form = {"stage": "approved", "seen": "draft"}
    fragment = text(ed.post(f"/voices/{voice.pk}/stage/", form, headers={"HX-Request": "true"}))
    assert "Ed asked to move it to Approved" in fragment
    again = ed.post(f"/voices/{voice.pk}/stage/", form, headers={"HX-Request": "true"})
    assert "Ed already asked for this" in text(again)
    assert Voice.objects.get().stage == Stage.DRAFT


@pytest.mark.parametrize("form", [{"verb": "stage", "stage": "approved"}, {"verb": "delete", "sure": "1"}])
def test_bulk_bar_makes_one_held_run(ruled: Cast, form: dict[str, str]) -> None:
    account = make_account()
    make_key(ruled.ed, account=account)
    ids = [str(make_voice(ruled.ed, name=name, account=account).pk) for name in ("Marlene", "Sora")]
    ed = ruled.login(ruled.ed)
    answer = ed.post("/bulk/", {**form, "voice": ids, "voices": ",".join(ids)})
    run = BulkRun.objects.get()
    assert answer["Location"] == f"/bulk/{run.pk}/"
    assert (run.state, only_request().run) == (BulkState.HELD, run)
    page = text(ed.get(f"/bulk/{run.pk}/"))
    assert "Waiting for another editor or admin to approve it." in page
    assert "Open request" in page
    assert "Waiting for approval" in text(ed.get("/bulk/"))
    assert "2 voices" in text(ruled.login(ruled.ada).get(f"/approvals/{only_request().pk}/"))
    ed.post(f"/bulk/{run.pk}/cancel/")
    assert only_request().state == ApprovalState.WITHDRAWN


def test_approvals_page_is_empty_and_says_why(cast: Cast) -> None:
    ada = cast.login(cast.ada)
    assert "An admin can turn this on" in text(ada.get("/approvals/"))
    assert "Approvals" not in text(ada.get("/"))
    turn_on(cast.northwind)
    assert "appear here until a second person decides" in text(ada.get("/approvals/"))


def test_navigation_shows_what_waits_after_the_rule_is_off(ruled: Cast) -> None:
    make_approval(ruled.ed, make_voice(ruled.ed))
    Team.objects.update(two_person_rule=False)
    assert "1 waiting for you" in text(ruled.login(ruled.ada).get("/"))
    assert "Approvals" not in text(ruled.login(ruled.vera).get("/"))
    assert "waiting for you" not in text(ruled.login(ruled.sam).get("/"))


def test_request_names_voices_that_changed_since(ruled: Cast) -> None:
    voice = make_voice(ruled.ed)
    ids = [voice.pk, make_voice(ruled.ed, name="Sora").pk]
    request_bulk_change(
        member=ruled.ed, operation=BulkOperation(BulkVerb.DELETE), voices=ids, now=timezone.now()
    )
    Voice.objects.filter(pk=voice.pk).change(timezone.now())
    ada = ruled.login(ruled.ada)
    assert text(ada.get(f"/approvals/{only_request().pk}/")).count("changed since the request") == 1
    Voice.objects.update(deleted_at=timezone.now())
    assert "There's nothing left to do" in told(decide(ada, "approve"))
    assert "None of them is in the library" in text(ada.get(f"/approvals/{only_request().pk}/"))


# --- the clone quota ---------------------------------------------------------------------------------


def test_clone_form_shows_the_quota_and_refuses_beyond(cast: Cast) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(monthly_clones=1)
    make_key(cast.ed)
    ed = cast.login(cast.ed)
    assert "0 of 1 clones this month" in text(ed.get("/clone/"))
    send(ed)
    assert "You've used your 1 clone for this month." in text(ed.get("/clone/"))
    answer = send(ed, name="Another")
    assert (answer.status_code, CloneJob.objects.count()) == (422, 1)
    assert "or ask Ada to raise the limit" in text(answer)


# --- the team's settings -----------------------------------------------------------------------------


def save(browser: Client, **form: str) -> HttpResponse:
    return browser.post("/team/settings/", {"name": "Northwind", **form})


def test_settings_turn_the_rules_on(cast: Cast) -> None:
    ada = cast.login(cast.ada)
    save(ada, two_person_rule="on", monthly_clones="20")
    team = Team.objects.get(pk=cast.northwind.pk)
    assert (team.two_person_rule, team.monthly_clones) == (True, 20)
    save(ada, monthly_clones="")
    team.refresh_from_db()
    assert (team.two_person_rule, team.monthly_clones) == (False, None)
    assert save(ada, monthly_clones="-1").status_code == 422


def test_settings_ask_before_nobody_could_approve(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.ed.pk).update(role=Role.VIEWER)
    ada = cast.login(cast.ada)
    asked = save(ada, two_person_rule="on")
    assert asked.status_code == 422
    assert "nobody could approve their requests" in text(asked)
    assert not Team.objects.get(pk=cast.northwind.pk).two_person_rule
    save(ada, two_person_rule="on", **{"sure-two_person_rule": "1"})
    assert Team.objects.get(pk=cast.northwind.pk).two_person_rule
    assert not Approval.objects.exists()


def test_admin_site_leaves_approved_to_two_people(ruled: Cast) -> None:
    voice = make_voice(ruled.ed)
    User.objects.filter(pk=ruled.nora.pk).update(is_staff=True, is_superuser=True)
    nora, url = ruled.login(ruled.nora), f"/admin/voices/voice/{voice.pk}/change/"
    assert "This takes two people" in text(nora.post(url, {"stage": "approved", "steward": ""}))
    assert nora.post(url, {"stage": "retired", "steward": ""}).status_code == 302
    assert Voice.objects.get().stage == Stage.RETIRED
