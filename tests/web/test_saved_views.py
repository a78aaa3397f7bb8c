"""Saved views: kept, opened, changed, shared and removed; told apart from other people's and other teams'."""

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.base import Cast
from tests.builders import make_voice
from voices.actions.organise import saved_views
from voices.actions.organise.saved_views import (
    ViewRefusedError,
    remove_view,
    rename_view,
    share_view,
    update_view,
)
from voices.library.filters import parse_query
from voices.library.saved_views import view_tabs
from voices.models import AuditEntry, Membership, SavedView


def view_of(member: Membership, name: str = "German", query: str = "language=de", **facts: bool) -> SavedView:
    return SavedView.objects.create(team=member.team, owner=member.user, name=name, query=query, **facts)


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def read(browser: Client, answer: HttpResponse) -> str:
    """The page that a change leads to."""
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).content.decode()


def test_saved_view_stores_a_canonical_query_and_reopens(cast: Cast) -> None:
    make_voice(cast.ed, name="Konrad", primary_language="de-DE")
    browser = cast.login(cast.vera)
    answer = browser.post(
        "/views/save/", {"name": " German  ones ", "query": "x=1&language=EN_us&language=de&q=&sort=name"}
    )
    view = SavedView.objects.get()
    assert (view.name, view.query, view.owner) == (
        "German ones", "language=de&language=en-US&sort=name", cast.vera.user,
    )  # fmt: skip
    page = read(browser, answer)
    assert "View German ones saved." in page
    assert f'{view.query.replace("&", "&amp;")}&amp;view={view.pk}" aria-current="page"' in page
    assert "Save view" not in page
    assert verbs() == []


def test_saving_a_view_under_an_own_name_updates_it(cast: Cast) -> None:
    view = view_of(cast.ed)
    cast.login(cast.ed).post("/views/save/", {"name": "German", "query": "language=fr"})
    assert [(one.pk, one.query) for one in SavedView.objects.all()] == [(view.pk, "language=fr")]


def test_a_view_that_is_named_alike_is_pointed_out(cast: Cast) -> None:
    view_of(cast.ed)
    view_of(cast.vera, name="french")
    browser, sentence = cast.login(cast.ed), "“GERMAN” and “German” differ only in case, width or accents."
    page = read(browser, browser.post("/views/save/", {"name": "GERMAN", "query": "language=de"}))
    assert sentence in page
    other = SavedView.objects.get(name="GERMAN")
    page = read(browser, browser.post(f"/views/{other.pk}/rename/", {"name": "French"}))
    assert "differ only" not in page
    page = read(browser, browser.post(f"/views/{other.pk}/rename/", {"name": "GERMAN"}))
    assert sentence in page


def test_saved_view_names_are_unique_per_person(cast: Cast) -> None:
    view_of(cast.ed)
    cast.login(cast.vera).post("/views/save/", {"name": "German", "query": "language=de"})
    assert SavedView.objects.filter(name="German").count() == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "\u200b"])
def test_saved_view_name_has_at_most_60_characters(cast: Cast, name: str) -> None:
    browser = cast.login(cast.ed)
    page = read(browser, browser.post("/views/save/", {"name": name, "query": "language=de"}))
    assert "Give the view a name." in page or "at most 60" in page
    assert not SavedView.objects.exists()


def test_saved_view_name_is_escaped(cast: Cast) -> None:
    make_voice(cast.ed)
    browser = cast.login(cast.ed)
    name = "<script>x</script>\"' hx-get=/"
    page = read(browser, browser.post("/views/save/", {"name": name, "query": ""}))
    assert "<script>x" not in page
    assert SavedView.objects.get().name == name
    assert "<script>x" not in browser.get("/views/").content.decode()


@pytest.mark.parametrize("query", ["&" * 5_000, "q=%00%ud8&language=%ff", "tag=" + "9" * 400, "cursor=x"])
def test_saved_view_keeps_only_the_valid_part_of_a_query(cast: Cast, query: str) -> None:
    make_voice(cast.ed)
    browser = cast.login(cast.ed)
    assert browser.post("/views/save/", {"name": "Odd", "query": query}).status_code == 303
    kept = SavedView.objects.get().query
    assert kept == parse_query(kept).to_query()
    view_of(cast.ed, "Broken", query)
    assert browser.get("/").status_code == 200


def test_person_has_at_most_100_saved_views(cast: Cast) -> None:
    make_voice(cast.ed)
    names = [f"View {number:03}" for number in range(saved_views.MAX_VIEWS)]
    SavedView.objects.bulk_create(
        SavedView(team=cast.northwind, owner=cast.ed.user, name=name, query=f"q={name[-3:]}")
        for name in names
    )
    browser = cast.login(cast.ed)
    page = read(browser, browser.post("/views/save/", {"name": "One more", "query": ""}))
    assert "which is the limit" in page
    assert "93 more" in page
    assert SavedView.objects.count() == saved_views.MAX_VIEWS
    # One that is there already may still be brought up to date, and the current one is never folded away.
    page = read(browser, browser.post("/views/save/", {"name": "View 099", "query": "language=de"}))
    assert "92 more" in page


def test_sharing_a_view_needs_the_role_and_is_audited(cast: Cast) -> None:
    form = {"name": "Ours", "query": "language=de", "shared": "1"}
    assert cast.login(cast.vera).post("/views/save/", form).status_code == 403
    assert not SavedView.objects.exists()
    cast.login(cast.ed).post("/views/save/", form)
    assert SavedView.objects.get().is_shared
    assert verbs() == ["view.shared"]
    # Nothing changes the second time, so nothing is written down.
    cast.login(cast.ed).post("/views/save/", form)
    assert verbs() == ["view.shared"]


def test_saving_an_own_view_for_the_team_shares_it(cast: Cast) -> None:
    view_of(cast.ed)
    cast.login(cast.ed).post("/views/save/", {"name": "German", "query": "language=de", "shared": "1"})
    assert SavedView.objects.get().is_shared
    assert verbs() == ["view.shared"]


def test_saved_views_list_shows_own_and_shared_ones(cast: Cast) -> None:
    make_voice(cast.ed)
    for member, name, is_shared in (
        (cast.ed, "Mine", False), (cast.ada, "Adas own", False), (cast.ada, "Of all", True), (cast.sam, "South", True),
    ):  # fmt: skip
        view_of(member, name, f"q={name}", is_shared=is_shared)
    for address in ("/", "/views/"):
        page = cast.login(cast.ed).get(address).content.decode()
        assert [name in page for name in ("Mine", "Of all", "Adas own", "South")] == [
            True,
            True,
            False,
            False,
        ]
        assert "Ada" in page


def test_saved_view_is_changed_by_owner_or_by_admin_if_shared(cast: Cast) -> None:
    private, shared = view_of(cast.ed, "Mine"), view_of(cast.ed, "Ours", is_shared=True)
    for who, view, expected in (
        (cast.ed, private, 303), (cast.ada, private, 404), (cast.vera, shared, 404), (cast.ada, shared, 303),
        (cast.sam, shared, 404),
    ):  # fmt: skip
        answer = cast.login(who).post(f"/views/{view.pk}/update/", {"query": "language=fr"})
        assert answer.status_code == expected
    assert {one.query for one in SavedView.objects.all()} == {"language=fr"}
    assert verbs() == ["view.changed"]


def test_modified_saved_view_offers_to_be_updated(cast: Cast) -> None:
    make_voice(cast.ed)
    view, browser = view_of(cast.ed), cast.login(cast.ed)
    page = browser.get("/", {"language": "de", "view": view.pk}).content.decode()
    assert "Save changes" not in page
    page = browser.get("/", {"language": "fr", "view": view.pk}).content.decode()
    assert "Update German" in page
    assert f'name="view" value="{view.pk}"' in page
    page = read(browser, browser.post(f"/views/{view.pk}/update/", {"query": "language=fr"}))
    assert "View German updated." in page
    assert "Save changes" not in page


def test_modified_view_of_another_person_is_saved_as_own(cast: Cast) -> None:
    make_voice(cast.ed)
    view = view_of(cast.ada, is_shared=True)
    page = cast.login(cast.ed).get("/", {"language": "fr", "view": view.pk}).content.decode()
    assert "Save as a new view" in page
    assert "Update German" not in page


def test_unknown_saved_view_in_the_address_is_ignored(cast: Cast) -> None:
    make_voice(cast.ed)
    foreign = view_of(cast.sam, is_shared=True)
    for value in ("x", "\x00", "é" * 500, str(foreign.pk)):
        page = cast.login(cast.ed).get("/", {"language": "fr", "view": value}).content.decode()
        assert "Save view" in page
        assert 'name="view"' not in page
    assert view_tabs(cast.ed, parse_query("language=de"), str(foreign.pk)) == []


def test_shared_view_rename_unshare_and_removal_are_audited(cast: Cast) -> None:
    view, browser = view_of(cast.ed, is_shared=True), cast.login(cast.ed)
    view_of(cast.ed, "Taken")
    page = read(browser, browser.post(f"/views/{view.pk}/rename/", {"name": "Taken"}))
    assert "There is already a view named Taken." in page
    browser.post(f"/views/{view.pk}/rename/", {"name": "Better"})
    browser.post(f"/views/{view.pk}/share/", {"on": "0"})
    browser.post(f"/views/{view.pk}/share/", {"on": "0"})
    browser.post(f"/views/{view.pk}/share/", {"on": "1"})
    page = read(browser, browser.post(f"/views/{view.pk}/remove/"))
    assert "View Better removed." in page
    assert verbs() == ["view.changed", "view.unshared", "view.shared", "view.removed"]
    assert [one.name for one in SavedView.objects.all()] == ["Taken"]


def test_saved_view_removed_meanwhile_is_reported(cast: Cast) -> None:
    view = view_of(cast.ed)
    SavedView.objects.all().delete()
    with pytest.raises(ViewRefusedError, match="has been removed"):
        rename_view(member=cast.ed, view=view, name="Other")
    with pytest.raises(ViewRefusedError, match="has been removed"):
        update_view(member=cast.ed, view=view, query="")
    share_view(member=cast.ed, view=view, is_shared=True)
    remove_view(member=cast.ed, view=view_of(cast.ed))
    assert not SavedView.objects.exists()
    assert verbs() == []
