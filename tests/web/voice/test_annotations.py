"""Tags, stage, note and aliases on a voice's page, and the pages of the team's tags and aliases."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from tests.base import Cast
from tests.builders import make_voice
from tests.kit.fakes import NOON
from voices.actions.organise.aliases import make_alias
from voices.actions.organise.annotations import note_digest
from voices.actions.organise.tags import add_tags
from voices.models import Alias, Stage, Tag, Voice

HTMX = {"HX-Request": "true"}
HOSTILE = '"><img src=x onerror=zqx()>'


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


@pytest.fixture
def vera(cast: Cast) -> Client:
    return cast.login(cast.vera)


@pytest.fixture
def marlene(cast: Cast) -> Voice:
    return make_voice(cast.ed, name="Marlene")


@pytest.fixture
def sora(cast: Cast) -> Voice:
    return make_voice(cast.ed, name="Sora")


@pytest.fixture
def alias(cast: Cast, marlene: Voice) -> Alias:
    return make_alias(member=cast.ed, name="brand-en", voice=marlene, now=NOON)


@pytest.fixture
def warm(cast: Cast, marlene: Voice) -> Tag:
    return add_tags(member=cast.ed, voice=marlene, names=["warm"], now=NOON)[0]


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def told(answer: HttpResponse) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def part(voice: Voice, name: str) -> str:
    return f"/voices/{voice.pk}/{name}/"


def on(voice: Voice) -> list[str]:
    return [tag.name for tag in voice.tags.all()]


# --- a voice's tags ----------------------------------------------------------------------------------


def test_tag_is_added_by_form_and_by_htmx(ed: Client, marlene: Voice) -> None:
    answer = ed.post(part(marlene, "tags"), {"tags": "warm, Phone"})
    assert (answer.status_code, answer["Location"]) == (303, f"/voices/{marlene.pk}/#order-tags")
    assert told(answer) == "Tagged Phone, warm."
    answer = ed.post(part(marlene, "tags"), {"tags": "cosy"}, headers=HTMX)
    assert answer.content.decode().strip().startswith('<section class="panel order" id="order-tags"')
    assert on(marlene) == ["cosy", "Phone", "warm"]


def test_refused_tag_keeps_the_typed_text(ed: Client, marlene: Voice) -> None:
    for headers in ({}, HTMX):
        answer = ed.post(part(marlene, "tags"), {"tags": "y" * 41 + HOSTILE}, headers=headers)
        assert answer.status_code == 422
        assert "A tag has at most 40 characters" in text(answer)
        assert "y&quot;&gt;&lt;img" in answer.content.decode()


@pytest.mark.parametrize("typed", ["\x00", ",,,", "\u202e", "\ud800", "x" * 100_000, "," * 100_000])
def test_hostile_tags_are_answered(ed: Client, marlene: Voice, typed: str) -> None:
    answer = ed.post(part(marlene, "tags"), {"tags": typed.encode("utf-8", "replace").decode()})
    assert answer.status_code in {303, 422}


def test_tag_is_removed_and_focus_is_kept(ed: Client, marlene: Voice, warm: Tag) -> None:
    answer = ed.post(part(marlene, "tags"), {"remove": warm.pk}, headers=HTMX)
    assert "autofocus" in answer.content.decode()
    assert "Tag warm removed." in answer.content.decode()
    assert on(marlene) == []
    again = ed.post(part(marlene, "tags"), {"remove": warm.pk}, headers=HTMX)
    assert "This tag was already removed." in again.content.decode()


@pytest.mark.parametrize("given", ["", "x", "-1", "9" * 30, "\u0663", "1.5"])
def test_removing_an_unknown_tag_changes_nothing(ed: Client, marlene: Voice, warm: Tag, given: str) -> None:
    assert ed.post(part(marlene, "tags"), {"remove": given}).status_code == 303
    assert on(marlene) == ["warm"]


def test_tag_field_suggests_other_tags_of_the_team(ed: Client, cast: Cast, marlene: Voice, warm: Tag) -> None:
    add_tags(member=cast.ed, voice=make_voice(cast.ed), names=["cosy"], now=NOON)
    add_tags(member=cast.sam, voice=make_voice(cast.sam), names=["foreign"], now=NOON)
    page = ed.post(part(marlene, "tags"), {"remove": "0"}, headers=HTMX).content.decode()
    assert '<option value="cosy">' in page
    assert '<option value="warm">' not in page
    assert "foreign" not in page


# --- stage and note -----------------------------------------------------------------------------------


def test_stage_changes_and_a_stale_form_is_refused(ed: Client, marlene: Voice) -> None:
    form = {"seen": "draft", "stage": "approved"}
    assert told(ed.post(part(marlene, "stage"), form)) == "Marlene is now approved."
    answer = ed.post(part(marlene, "stage"), {"seen": "draft", "stage": "retired"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Someone else just moved it to Approved, so nothing was changed." in text(answer)
    assert 'name="seen" value="approved"' in answer.content.decode()
    assert Voice.objects.get().stage == Stage.APPROVED


@pytest.mark.parametrize("stage", ["", "gone", "\x00", "x" * 1000])
def test_an_unknown_stage_is_refused(ed: Client, marlene: Voice, stage: str) -> None:
    assert ed.post(part(marlene, "stage"), {"seen": "draft", "stage": stage}).status_code == 422
    assert Voice.objects.get().stage == Stage.DRAFT


def test_retiring_an_aliased_voice_warns(ed: Client, marlene: Voice, alias: Alias) -> None:
    answer = ed.post(part(marlene, "stage"), {"seen": "draft", "stage": "retired"}, headers=HTMX)
    assert "The alias brand-en still points to this retired voice. Move brand-en" in text(answer)
    assert f"/aliases/{alias.pk}/move/" in answer.content.decode()


def test_note_is_saved_with_lines_and_writer(ed: Client, marlene: Voice) -> None:
    form = {"note": "Warm.\r\nClose <b>", "seen": note_digest("")}
    page = ed.post(part(marlene, "notes"), form, headers=HTMX)
    assert "Warm.\nClose &lt;b&gt;" in page.content.decode()
    assert "Ed, just now" in text(page)


def test_concurrent_notes_show_a_conflict(ed: Client, cast: Cast, marlene: Voice) -> None:
    ada, form = cast.login(cast.ada), {"seen": note_digest("")}
    ada.post(part(marlene, "notes"), form | {"note": "Ada's words"})
    for headers in ({}, HTMX):
        answer = ed.post(part(marlene, "notes"), form | {"note": "Ed's words"}, headers=headers)
        assert answer.status_code == 422
        page = text(answer)
        assert "Ada changed the note just now after you opened it." in page
        assert "Ada's words" in page
        assert "Ed's words" in page
    assert Voice.objects.get().notes == "Ada's words"
    ed.post(part(marlene, "notes"), {"note": "Ed's words", "seen": note_digest("Ada's words")})
    assert Voice.objects.get().notes == "Ed's words"


def test_note_that_is_too_long_is_returned_whole(ed: Client, marlene: Voice) -> None:
    answer = ed.post(part(marlene, "notes"), {"note": "x" * 5_001, "seen": note_digest("")})
    assert answer.status_code == 422
    assert "x" * 5_001 in answer.content.decode()
    assert "5,001" in text(answer)


# --- a voice's aliases --------------------------------------------------------------------------------


def test_alias_is_created_on_the_voice_page(ed: Client, marlene: Voice) -> None:
    answer = ed.post(part(marlene, "aliases"), {"name": "Brand-EN"}, headers=HTMX)
    assert "brand-en now points to Marlene." in answer.content.decode()
    assert "brand-en created" in text(answer)
    assert Alias.objects.get().voice == marlene


def test_taken_alias_can_be_moved_to_this_voice(ed: Client, sora: Voice, alias: Alias) -> None:
    answer = ed.post(part(sora, "aliases"), {"name": "brand-en"})
    assert answer.status_code == 422
    assert "Your team already has an alias brand-en; it points to Marlene." in text(answer)
    assert f"/aliases/{alias.pk}/move/?voice={sora.pk}" in answer.content.decode()


@pytest.mark.parametrize("name", ["", "a b", HOSTILE, "\x00", "x" * 10_000])
def test_a_bad_alias_is_refused(ed: Client, marlene: Voice, name: str) -> None:
    answer = ed.post(part(marlene, "aliases"), {"name": name})
    assert answer.status_code == 422
    assert "2 to 40 characters: letters a to z" in text(answer)
    assert "<img" not in answer.content.decode()


def test_alias_for_a_gone_voice_is_refused(ed: Client, marlene: Voice) -> None:
    Voice.objects.update(gone_at=NOON)
    answer = ed.post(part(marlene, "aliases"), {"name": "brand-en"}, headers=HTMX)
    assert answer.status_code == 422
    assert not Alias.objects.exists()


def test_deleted_voice_cannot_be_organised(ed: Client, marlene: Voice) -> None:
    Voice.objects.update(deleted_at=NOON)
    for name in ("tags", "stage", "notes", "aliases"):
        assert ed.post(part(marlene, name)).status_code == 404


# --- the team's tags ----------------------------------------------------------------------------------


def test_every_tag_is_listed_with_its_voices(vera: Client, ed: Client, warm: Tag) -> None:
    page = vera.get("/tags/")
    assert "warm 1 voice" in text(page)
    assert f"/?stage=any&amp;tag={warm.pk}" in page.content.decode()
    assert "Rename" not in text(page)
    assert "Rename warm" in text(ed.get("/tags/"))


def test_tags_page_needs_the_same_queries_at_any_size(
    ed: Client, cast: Cast, marlene: Voice, django_assert_max_num_queries: Any
) -> None:
    add_tags(member=cast.ed, voice=marlene, names=[f"tag {one}" for one in range(20)], now=NOON)
    ed.get("/tags/")
    with django_assert_max_num_queries(5):
        ed.get("/tags/")


def test_tags_and_aliases_pages_explain_emptiness(ed: Client, vera: Client) -> None:
    assert "Your team has no tags yet." in text(ed.get("/tags/"))
    assert "Create the first alias" in text(ed.get("/aliases/"))
    assert "Create the first alias" not in text(vera.get("/aliases/"))


def test_a_tag_is_renamed(ed: Client, warm: Tag, marlene: Voice) -> None:
    assert "This renames it on 1 voice." in text(ed.get(f"/tags/{warm.pk}/rename/"))
    answer = ed.post(f"/tags/{warm.pk}/rename/", {"name": "Cosy"})
    assert told(answer) == "Tag warm renamed to Cosy."
    assert on(marlene) == ["Cosy"]


def test_tag_rename_to_a_taken_name_offers_a_merge(
    ed: Client, cast: Cast, warm: Tag, marlene: Voice, sora: Voice
) -> None:
    cosy = add_tags(member=cast.ed, voice=sora, names=["cosy"], now=NOON)[0]
    answer = ed.post(f"/tags/{warm.pk}/rename/", {"name": "Cosy"})
    assert answer.status_code == 422
    assert "There is already a tag “cosy”, on 1 voice." in text(answer)
    merge = f"/tags/{warm.pk}/merge/?into={cosy.pk}"
    assert merge in answer.content.decode()
    assert "Merge warm into cosy?" in text(ed.get(merge))
    assert on(marlene) == ["warm"]
    assert told(ed.post(f"/tags/{warm.pk}/merge/", {"into": cosy.pk})) == "Tag warm merged into cosy."
    assert on(marlene) == ["cosy"]


@pytest.mark.parametrize("into", ["", "x", "0", "\x00", "9" * 40])
def test_tag_merge_into_a_missing_tag_is_refused(
    ed: Client, warm: Tag, sora: Voice, into: str, cast: Cast
) -> None:
    foreign = add_tags(member=cast.sam, voice=make_voice(cast.sam), names=["foreign"], now=NOON)[0]
    for one in (into, str(warm.pk), str(foreign.pk)):
        assert ed.post(f"/tags/{warm.pk}/merge/", {"into": one}).status_code == 422
        assert "foreign" not in text(ed.get(f"/tags/{warm.pk}/merge/", {"into": one}))
    assert Tag.objects.count() == 2


def test_tag_is_removed_after_confirmation(ed: Client, warm: Tag, marlene: Voice) -> None:
    page = text(ed.get(f"/tags/{warm.pk}/remove/"))
    assert "Remove the tag warm?" in page
    assert "1 voice loses it" in page
    assert told(ed.post(f"/tags/{warm.pk}/remove/")) == "Tag warm removed."
    assert on(marlene) == []
    assert ed.post(f"/tags/{warm.pk}/remove/").status_code == 404


@pytest.mark.parametrize("number", ["0", "9223372036854775807", "9223372036854775808", "9" * 60])
def test_page_of_an_unknown_tag_is_404(ed: Client, number: str) -> None:
    for page in ("rename", "merge", "remove"):
        assert ed.get(f"/tags/{number}/{page}/").status_code == 404


# --- the team's aliases -------------------------------------------------------------------------------


def test_every_alias_is_listed_with_its_voice(vera: Client, alias: Alias) -> None:
    page = text(vera.get("/aliases/"))
    assert "brand-en set" in page
    assert "Marlene" in page
    assert "English (United States) · Draft" in page
    assert "Move" not in page


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"gone_at": NOON}, "Missing at Althea since"),
        ({"deleted_at": NOON}, "Deleted"),
        ({"stage": "retired"}, "Retired"),
    ],
)
def test_aliases_page_shows_problems_of_the_voice(
    ed: Client, alias: Alias, facts: dict[str, Any], words: str
) -> None:
    Voice.objects.update(**facts)
    assert words in text(ed.get("/aliases/"))
    assert words in text(ed.get(f"/aliases/{alias.pk}/move/"))


def test_no_page_promises_that_code_can_use_an_alias(ed: Client, marlene: Voice, alias: Alias) -> None:
    pages = ["/aliases/", "/aliases/new/", f"/voices/{marlene.pk}/", f"/voices/{marlene.pk}/delete/"]
    pages += [f"/aliases/{alias.pk}/{page}/" for page in ("move", "rename", "remove")]
    promise = re.compile(r"any code|[Cc]ode that|stops? working|[Cc]opy alias")
    assert [url for url in pages if promise.search(text(ed.get(url)))] == []
    use_it = text(ed.get(f"/voices/{marlene.pk}/")).partition("Use it")[2].partition("Where it's used")[0]
    assert "brand-en" not in use_it


def test_aliases_page_shows_aliases_without_a_voice(ed: Client, alias: Alias) -> None:
    Alias.objects.update(voice=None)
    assert "Points to no voice" in text(ed.get("/aliases/"))
    assert ed.get(f"/aliases/{alias.pk}/remove/").status_code == 200


def test_alias_target_search_names_consequences(ed: Client, alias: Alias, sora: Voice) -> None:
    url = f"/aliases/{alias.pk}/move/"
    page = ed.get(url, {"q": "sor"})
    assert "brand-en will point to Sora instead of Marlene ." in text(page)
    assert f'value="{sora.pk}"' in page.content.decode()
    assert "No available voice matches “zzz”." in text(ed.get(url, {"q": "zzz"}))
    chosen = ed.get(url, {"q": "zzz", "voice": sora.pk}).content.decode()
    assert f'value="{sora.pk}" checked' in chosen


def test_alias_is_moved_from_the_voice_that_was_shown(
    ed: Client, alias: Alias, marlene: Voice, sora: Voice
) -> None:
    url, form = f"/aliases/{alias.pk}/move/", {"voice": sora.pk, "seen": marlene.pk}
    answer = ed.post(url, form)
    assert (answer["Location"], told(answer)) == ("/aliases/", "brand-en now points to Sora.")
    answer = ed.post(url, {"voice": marlene.pk, "seen": ""})
    assert answer.status_code == 422
    assert "Someone else just moved brand-en to Sora, so nothing was changed." in text(answer)
    assert Alias.objects.get().voice == sora


@pytest.mark.parametrize("voice", ["", "x", "\x00", "00000000-0000-4000-8000-000000000000"])
def test_alias_move_without_a_target_is_refused(ed: Client, alias: Alias, cast: Cast, voice: str) -> None:
    foreign = make_voice(cast.sam, name="Foreign Fritz")
    for one in (voice, str(foreign.pk)):
        answer = ed.post(
            f"/aliases/{alias.pk}/move/", {"voice": one, "seen": str(alias.voice_id), "q": voice}
        )
        assert answer.status_code == 422
        assert "Choose a voice first." in text(answer)
        assert "Fritz" not in text(ed.get(f"/aliases/{alias.pk}/move/", {"voice": one}))


def test_alias_move_to_a_vanished_voice_is_reported(
    ed: Client, alias: Alias, marlene: Voice, sora: Voice
) -> None:
    Voice.objects.filter(pk=sora.pk).update(gone_at=NOON)
    answer = ed.post(f"/aliases/{alias.pk}/move/", {"voice": sora.pk, "seen": marlene.pk})
    assert answer.status_code == 422
    assert "Sora is missing at Althea" in text(answer)


def test_new_alias_is_created_for_a_searched_voice(ed: Client, alias: Alias, sora: Voice) -> None:
    assert "Sora" in text(ed.get("/aliases/new/", {"q": "sora"}))
    taken = ed.post("/aliases/new/", {"voice": sora.pk, "name": "brand-en"})
    assert taken.status_code == 422
    assert f"/aliases/{alias.pk}/move/?voice={sora.pk}" in taken.content.decode()
    assert ed.post("/aliases/new/", {"name": "brand-us"}).status_code == 422
    assert (
        told(ed.post("/aliases/new/", {"voice": sora.pk, "name": "brand-us"}))
        == "brand-us now points to Sora."
    )


def test_alias_is_renamed_and_removed_with_a_warning(ed: Client, alias: Alias) -> None:
    url = f"/aliases/{alias.pk}"
    assert "Your team will no longer find the voice as brand-en ." in text(ed.get(f"{url}/rename/"))
    assert ed.post(f"{url}/rename/", {"name": HOSTILE}).status_code == 422
    assert told(ed.post(f"{url}/rename/", {"name": "brand-us"})) == "Alias brand-en renamed to brand-us."
    assert "Remove the alias brand-us ?" in text(ed.get(f"{url}/remove/"))
    assert told(ed.post(f"{url}/remove/")) == "Alias brand-us removed."
    assert ed.post(f"{url}/remove/").status_code == 404
