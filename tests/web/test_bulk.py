"""Changing many voices from the library: at once, by a run, and after a question where they are deleted."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_account, make_bulk_run, make_key, make_sample, make_voice
from tests.web.routes import NOWHERE
from voices.actions.bulk.submit import MAX_AT_ONCE
from voices.models import (
    Alias,
    AuditEntry,
    BulkItem,
    BulkRun,
    BulkState,
    Favourite,
    ItemState,
    KeyState,
    Tag,
    Tagging,
    Voice,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def alone(db: None, settings: Settings) -> None:
    """No Althea answers."""
    settings.SANDBOX_URL = settings.ALTHEA_URL = NOWHERE
    cache.clear()


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


def voices(cast: Cast, count: int, **facts: Any) -> list[Voice]:
    account = facts.pop("account", None) or make_account()
    return [make_voice(cast.ed, name=f"Voice {number}", account=account, **facts) for number in range(count)]


def post(browser: Client, *chosen: Voice, **form: Any) -> Any:
    return browser.post("/bulk/", {"voice": [str(voice.pk) for voice in chosen], **form})


def one_line(answer: Any) -> str:
    """Return the page with every run of whitespace as one space, as a browser shows it."""
    return " ".join(answer.content.decode().split())


def told(browser: Client, answer: Any) -> str:
    """The page that the answer leads to."""
    assert answer.status_code == 303
    return browser.get(answer["Location"]).content.decode()


def many(cast: Cast, count: int) -> None:
    """So many voices that no request changes them all at once."""
    first = make_voice(cast.ed, name="Voice 0")
    rows = [Voice(**{**_facts(first), "id": uuid4(), "voice_id": str(uuid4())}) for _ in range(count - 1)]
    Voice.objects.bulk_create(rows)


def _facts(voice: Voice) -> dict[str, Any]:
    return {field.attname: getattr(voice, field.attname) for field in Voice._meta.concrete_fields}


# --- at once ----------------------------------------------------------------------------------------------


def test_bulk_page_tags_and_untags_selected_voices(ed: Client, cast: Cast) -> None:
    one, two, three = voices(cast, 3)
    answer = post(ed, one, two, verb="tag", tag="  Brand ", query="sort=name")
    assert answer["Location"] == "/?sort=name"
    assert "2 voices tagged “Brand”." in told(ed, answer)
    page = told(ed, post(ed, one, two, three, verb="tag", tag="brand"))
    assert "1 voice tagged “Brand”. 2 already had the tag." in page
    assert (Tag.objects.count(), Tagging.objects.count()) == (1, 3)
    assert "brand" in Voice.objects.get(pk=three.pk).search_text
    page = told(ed, post(ed, one, verb="untag", tag="BRAND"))
    assert "Tag “Brand” removed from 1 voice." in page
    assert "brand" not in Voice.objects.get(pk=one.pk).search_text
    assert AuditEntry.objects.filter(verb="voice.tagged", thing_id=str(three.pk)).count() == 1


def test_hostile_name_is_text_on_every_page(ed: Client, cast: Cast) -> None:
    name = '<img src=x onerror=1 hx-get="/keys/">'
    key = make_key(cast.ed)
    voice = make_voice(cast.ed, name=name, account=key.account)
    run = make_bulk_run(cast.ed, voice, verb="tag", argument={"tag": name}, state="done", selection=name)
    run.items.update(message=name, state="failed")
    pages = [post(ed, voice, verb="delete"), ed.get(f"/bulk/{run.pk}/"), ed.get("/bulk/")]
    for page in pages:
        assert b"<img" not in page.content
        assert b"&lt;img" in page.content


def test_bulk_page_refuses_to_remove_an_unknown_tag(ed: Client, cast: Cast) -> None:
    page = told(ed, post(ed, *voices(cast, 1), verb="untag", tag="Brand"))
    assert "Your team has no tag “Brand”" in page
    assert not Tag.objects.exists()


def test_bulk_stage_change_reports_voices_already_there(ed: Client, cast: Cast) -> None:
    one, two = voices(cast, 2)
    Voice.objects.filter(pk=one.pk).update(stage="approved")
    page = told(ed, post(ed, one, two, verb="stage", stage="approved"))
    assert "1 voice moved to Approved. 1 was already there." in page
    moved = Voice.objects.get(pk=two.pk)
    assert (moved.stage, moved.version) == ("approved", two.version + 1)
    assert AuditEntry.objects.filter(verb="voice.staged").count() == 1


def test_viewer_may_only_change_favourites_in_bulk(cast: Cast) -> None:
    vera = cast.login(cast.vera)
    one, two = voices(cast, 2)
    assert "2 voices added to your favourites." in told(vera, post(vera, one, two, verb="favourite"))
    assert "1 voice removed from your favourites." in told(vera, post(vera, one, verb="unfavourite"))
    assert list(Favourite.objects.values_list("voice", "user")) == [(two.pk, cast.vera.user.pk)]
    for verb in ("tag", "untag", "stage", "delete"):
        assert post(vera, one, verb=verb, tag="x", stage="draft").status_code == 403


def test_bulk_page_ignores_foreign_voices_and_404s_if_no_other(ed: Client, cast: Cast) -> None:
    mine, foreign = make_voice(cast.ed), make_voice(cast.sam)
    assert "1 voice moved to Retired." in told(ed, post(ed, mine, foreign, verb="stage", stage="retired"))
    assert Voice.objects.get(pk=foreign.pk).stage == "draft"
    for verb in ("stage", "favourite", "delete", "tag"):
        assert post(ed, foreign, verb=verb, stage="retired", tag="x").status_code == 404
    assert ed.post("/bulk/", {"verb": "favourite", "voice": ["", "\x00", "no-id"]}).status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Choose what to do with"),
        ({"verb": "explode", "voice": "x"}, "Choose what to do with"),
        ({"verb": "favourite"}, "Select some voices first"),
        ({"verb": "tag", "tag": " \x00\u200b ", "voice": "x"}, "Enter a name for the tag."),
        ({"verb": "tag", "tag": "a,b", "voice": "x"}, "contain a comma, which separates tags"),
        ({"verb": "untag", "tag": "x" * 41, "voice": "x"}, "at most 40 characters"),
        ({"verb": "stage", "stage": "loud", "voice": "x"}, "Choose a stage first."),
        ({"verb": "favourite", "voice": [str(uuid4())] * 501}, "You can select at most 500 voices"),
        ({"verb": "favourite", "all": "1", "query": "q=nobody"}, "No voices match now"),
    ],
)
def test_bulk_page_explains_bad_input_on_the_library(ed: Client, form: dict[str, Any], sentence: str) -> None:
    assert sentence in told(ed, ed.post("/bulk/", form))


def test_bulk_change_by_query_matches_what_the_library_shows(ed: Client, cast: Cast) -> None:
    make_voice(cast.sam, name="Foreign")
    make_voice(cast.ed, name="Marlene")
    for query in (
        "q=%00%ED%A0%80&tag=x",
        "owner=999999999999999999999",
        "a=1&" * 2_000,
        "\ud800".encode("utf-8", "replace").decode(),
        "q=" + "m" * 10_000,
    ):
        answer = ed.post("/bulk/", {"verb": "favourite", "all": "1", "query": query})
        assert answer.status_code == 303
    assert set(Favourite.objects.values_list("voice__team", flat=True)) <= {cast.northwind.pk}


def test_bulk_change_by_query_skips_retired_unless_requested(ed: Client, cast: Cast) -> None:
    one, two = make_voice(cast.ed, name="Marlene"), make_voice(cast.ed, name="Otto")
    make_voice(cast.ed, name="Marla", stage="retired")
    page = told(ed, ed.post("/bulk/", {"verb": "favourite", "all": "1", "query": "q=MARL"}))
    assert "1 voice added" in page
    assert Favourite.objects.get().voice == one
    told(ed, ed.post("/bulk/", {"verb": "favourite", "all": "1", "query": "stage=any"}))
    assert Favourite.objects.count() == 3
    assert Favourite.objects.filter(voice=two).exists()


# --- by a run ---------------------------------------------------------------------------------------------


def test_bulk_change_of_over_200_voices_becomes_a_run(ed: Client, cast: Cast) -> None:
    many(cast, MAX_AT_ONCE + 1)
    answer = ed.post("/bulk/", {"verb": "tag", "tag": "Brand", "all": "1", "query": ""})
    run = BulkRun.objects.get()
    assert answer["Location"] == f"/bulk/{run.pk}/"
    assert (run.total, run.items.count(), run.selection) == (201, 201, "all 201 in the library")
    assert run.argument == {"tag": "Brand", "tag_id": Tag.objects.get().pk}
    assert not Tagging.objects.exists()
    assert AuditEntry.objects.get(verb="bulk.asked").facts["voices"] == 201


def test_bulk_run_page_polls_while_live_then_reports(ed: Client, cast: Cast) -> None:
    one, two, three = voices(cast, 3)
    run = make_bulk_run(cast.ed, one, two, three)
    path = f"/bulk/{run.pk}/"
    card = ed.get(path, headers=HTMX).content.decode()
    assert 'hx-trigger="every 1s"' in card
    assert "Queued." in card
    assert 'http-equiv="refresh"' in ed.get(path).content.decode()
    BulkRun.objects.update(state=BulkState.RUNNING, started_at=timezone.now())
    run.items.filter(voice=one).update(state=ItemState.DONE)
    assert "1 of 3 voices so far." in ed.get(path, headers=HTMX).content.decode()
    run.items.filter(voice=two).update(state=ItemState.FAILED, message="Althea says <b>no</b>.")
    run.items.filter(voice=three).update(state=ItemState.SKIPPED)
    BulkRun.objects.update(state=BulkState.DONE)
    card = ed.get(path, headers=HTMX).content.decode()
    assert "every 1s" not in card
    assert "1 voice deleted. 1 was already deleted. 1 failed." in card
    assert "Althea says &lt;b&gt;no&lt;/b&gt;." in card
    assert "Retry 1 failed" in card
    only = ed.get(f"{path}?state=done", headers=HTMX).content.decode()
    assert ("Voice 0" in only, "Voice 1" in only) == (True, False)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=99999", "page=²", "state=%00", "page=9"]
)
def test_bulk_report_treats_a_bad_page_as_the_first(ed: Client, cast: Cast, query: str) -> None:
    run = make_bulk_run(cast.ed, *voices(cast, 1), state=BulkState.DONE)
    assert ed.get(f"/bulk/{run.pk}/?{query}").status_code == 200


def test_bulk_report_is_paginated(ed: Client, cast: Cast) -> None:
    run = make_bulk_run(cast.ed, state=BulkState.DONE)
    BulkItem.objects.bulk_create(
        BulkItem(run=run, name=f"Voice {number}", state=ItemState.DONE) for number in range(101)
    )
    page = ed.get(f"/bulk/{run.pk}/").content.decode()
    assert ("Voice 99\n" in page, "Voice 100\n" in page, "?page=2" in page) == (True, False, True)
    assert "Voice 100\n" in ed.get(f"/bulk/{run.pk}/?page=2").content.decode()


def test_bulk_run_of_another_person_is_404_except_for_admins(cast: Cast) -> None:
    run = make_bulk_run(cast.ed, *voices(cast, 1))
    seen = {
        who: cast.login(getattr(cast, who)).get(f"/bulk/{run.pk}/").status_code
        for who in ("ada", "vera", "sam")
    }
    assert seen == {"ada": 200, "vera": 404, "sam": 404}
    assert b"Delete 1 voice" in cast.login(cast.ed).get("/bulk/").content
    assert b"Delete 1 voice" not in cast.login(cast.vera).get("/bulk/").content


def test_bulk_run_page_cancels_and_retries_failed_voices(ed: Client, cast: Cast) -> None:
    run = make_bulk_run(cast.ed, *voices(cast, 2))
    assert "Stopped. Cancelled by Ed. 2 failed." in told(ed, ed.post(f"/bulk/{run.pk}/cancel/"))
    assert "It had already finished." in told(ed, ed.post(f"/bulk/{run.pk}/cancel/"))
    ada = cast.login(cast.ada)
    assert ada.post(f"/bulk/{run.pk}/retry/").status_code == 403
    assert "Queued." in told(ed, ed.post(f"/bulk/{run.pk}/retry/"))
    assert "There is nothing to retry." in told(ed, ed.post(f"/bulk/{run.pk}/retry/"))
    assert run.items.filter(state=ItemState.WAITING, message="").count() == 2


def test_library_shows_a_running_bulk_change_until_it_ends(ed: Client, cast: Cast) -> None:
    many(cast, MAX_AT_ONCE + 1)
    path = ed.post("/bulk/", {"verb": "favourite", "all": "1", "query": ""})["Location"]
    assert f'hx-get="{path}?line=1" hx-trigger="load"' in one_line(ed.get("/"))
    line = ed.get(f"{path}?line=1", headers=HTMX).content.decode()
    assert ("every 2s" in line, "Queued." in line) == (True, True)
    BulkRun.objects.update(state=BulkState.DONE)
    BulkItem.objects.update(state=ItemState.DONE)
    line = ed.get(f"{path}?line=1", headers=HTMX).content.decode()
    assert ("every 2s" in line, "201 voices added to your favourites." in line) == (False, True)
    assert "bulk-line" not in ed.get("/").content.decode()
    assert cast.login(cast.vera).get(f"{path}?line=1", headers=HTMX).content == b""


# --- deleting ---------------------------------------------------------------------------------------------


def test_bulk_delete_page_confirms_and_names_consequences(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed)
    mine = voices(cast, 14, account=key.account)
    Voice.objects.filter(pk=mine[0].pk).update(sample=make_sample(cast.ed))
    foreign_account = make_voice(cast.ed, name="Stays")
    public = make_voice(cast.ed, name="Catalogue", account=key.account, ownership="public")
    Alias.objects.create(team=cast.northwind, name="brand-en", voice=mine[1], moved_at=timezone.now())
    page = one_line(post(ed, *mine, foreign_account, public, verb="delete", query="q=voice"))
    assert "Delete 14 voices?" in page
    assert "and 2 more" in page
    assert "The alias <code>brand-en</code> points to them" in page
    assert "We keep the recordings of 1 of them" in page
    assert "you need your own key for it" in page
    assert "public catalogue" in page
    assert "Stays" in page
    assert 'href="/?q=voice"' in page
    assert "Can&#x27;t reach Althea." in page
    assert not BulkRun.objects.exists()


def test_bulk_delete_covers_exactly_the_confirmed_voices(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed)
    one, two = voices(cast, 2, account=key.account)
    stays = make_voice(cast.ed, name="Stays")
    page = post(ed, one, two, stays, verb="delete").content.decode()
    named = page.partition('name="voices" value="')[2].partition('"')[0]
    make_voice(cast.ed, name="Late", account=key.account)
    answer = ed.post(
        "/bulk/", {"verb": "delete", "sure": "1", "voices": f"{named},{make_voice(cast.sam).pk},x"}
    )
    run = BulkRun.objects.get()
    assert answer["Location"] == f"/bulk/{run.pk}/"
    items = {item.name: item.state for item in run.items.all()}
    assert items == {"Voice 0": "waiting", "Voice 1": "waiting", "Stays": "failed"}
    assert "you need your own key" in run.items.get(state=ItemState.FAILED).message


def test_bulk_delete_page_without_voices_has_no_button(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed, state=KeyState.REFUSED)
    page = post(ed, make_voice(cast.ed, account=key.account), verb="delete").content.decode()
    assert "You can't delete any of these" in page
    assert "was refused by Althea" in page
    assert 'name="sure"' not in page


def test_bulk_delete_of_gone_voices_needs_no_key(ed: Client, cast: Cast) -> None:
    page = post(ed, make_voice(cast.ed, gone_at=timezone.now()), verb="delete").content.decode()
    assert "Delete 1 voice?" in page
    assert "It is already missing at Althea" in page


def test_bulk_delete_is_capped_at_1000_and_says_so(ed: Client, cast: Cast) -> None:
    many(cast, 1_001)
    make_key(cast.ed, account=Voice.objects.first().account)  # type: ignore[union-attr]  # just made
    page = ed.post("/bulk/", {"verb": "delete", "all": "1", "query": ""}).content.decode()
    assert "Delete 1000 voices?" in page
    assert "the newest 1,000 of 1,001 in the library" in page
    named = page.partition('name="voices" value="')[2].partition('"')[0]
    ed.post("/bulk/", {"verb": "delete", "sure": "1", "voices": named})
    assert BulkRun.objects.get().total == 1_000
