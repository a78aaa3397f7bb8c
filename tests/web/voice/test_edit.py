"""The edit page: who may, what stands beside which field, two people at once, and renames that agents would miss."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account, make_key, make_voice
from tests.sandbox_voices import ONE_VOICE, Living
from voices.models import ApiKey, AuditEntry, KeyState, Voice


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


@pytest.fixture
def voice(cast: Cast, living: Living) -> Voice:
    living.key(cast.ed)
    return living.voice(cast.ed)


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def told(answer: HttpResponse) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def form_of(answer: HttpResponse) -> dict[str, str]:
    """What a browser without script would send back of the page."""
    page = answer.content.decode()
    main = page[page.index('<main id="main"') :]
    inputs = re.findall(r'<input type="(?:hidden|text)" name="([^"]+)" value="([^"]*)"', main)
    fields = {name: unescape(value) for name, value in inputs if name != "csrfmiddlewaretoken"}
    words = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", main, re.DOTALL)
    chosen = re.search(r'<option value="([^"]*)"[^>]*selected', main)
    assert words
    return fields | {"description": unescape(words[1]), "language": chosen[1] if chosen else ""}


def edit(browser: Client, voice: Voice, **typed: str) -> HttpResponse:
    """The page opened, some fields typed over, and sent."""
    url = f"/voices/{voice.pk}/edit/"
    answer: HttpResponse = browser.post(url, form_of(browser.get(url)) | typed)
    return answer


def name_of(voice: Voice) -> str:
    return Voice.objects.get(pk=voice.pk).name


def test_edit_form_shows_the_voice_and_saves_changes(ed: Client, voice: Voice, living: Living) -> None:
    assert form_of(ed.get(f"/voices/{voice.pk}/edit/")) == {
        "version": "1",
        "was_name": "Marlene",
        "was_description": "Calm, and close",
        "was_language": "en-US",
        "name": "Marlene",
        "description": "Calm, and close",
        "language": "en-US",
    }
    answer = edit(ed, voice, name="  Sora\tTwo ", language="de_at")
    assert (answer.status_code, answer["Location"]) == (303, f"/voices/{voice.pk}/")
    assert told(answer) == "Saved here and at Althea."
    upstream = living.told(voice)
    assert upstream is not None
    assert (upstream["name"], upstream["primaryLanguage"]) == ("Sora Two", "de-AT")


def test_rename_points_out_a_name_that_looks_alike(ed: Client, voice: Voice, cast: Cast) -> None:
    make_voice(cast.ed, account=voice.account, name="Söra")
    assert told(edit(ed, voice, name="SORA")) == (
        "Saved here and at Althea. “SORA” and “Söra” differ only in case, width or accents. "
        "Rename one if that is confusing."
    )
    assert told(edit(ed, voice, description="Warm")) == "Saved here and at Althea."


def test_another_spelling_of_a_language_is_no_change(ed: Client, voice: Voice) -> None:
    Voice.objects.update(primary_language="cmn-CN", language_tag="zh-CN", language="zh")
    assert form_of(ed.get(f"/voices/{voice.pk}/edit/"))["language"] == "zh-CN"
    assert told(edit(ed, voice, language="zh_cn")) == "Nothing was changed."


def test_edit_form_sends_no_unchanged_fields(ed: Client, voice: Voice, living: Living) -> None:
    assert told(edit(ed, voice)) == "Nothing was changed."
    assert living.sandbox.log(method="PATCH") == []
    assert not AuditEntry.objects.exists()


def test_edit_form_leaves_unusual_stored_values_alone(ed: Client, cast: Cast, living: Living) -> None:
    key = living.key(cast.ed)
    voice = make_voice(
        cast.ed, name="n" * 60, account=key.account, primary_language="", description="two\nlines"
    )
    page = ed.get(f"/voices/{voice.pk}/edit/")
    assert "Not given" in text(page)
    assert form_of(page)["language"] == ""
    assert told(edit(ed, voice)) == "Nothing was changed."
    assert told(edit(ed, voice, description="two\r\nlines")) == "Nothing was changed."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": "n" * 41}, "This name has 41 characters. Althea allows at most 40."),
        ({"name": "\x00\u200b "}, "Give the voice a name"),
        ({"description": "d" * 241}, "This description has 241 characters."),
        ({"language": "Gibberish"}, "Unknown language."),
        ({"language": "x" * 5000}, "Unknown language."),
    ],
)
def test_edit_form_shows_errors_beside_fields_and_keeps_input(
    ed: Client, voice: Voice, living: Living, typed: dict[str, str], sentence: str
) -> None:
    answer = edit(ed, voice, **{"name": "Sora"} | typed)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert b'aria-invalid="true"' in answer.content
    assert form_of(answer)["name"] == typed.get("name", "Sora")
    assert living.sandbox.log(method="PATCH") == []


def test_edit_form_drops_a_nul_in_a_name(ed: Client, voice: Voice) -> None:
    edit(ed, voice, name="So\x00ra")
    assert name_of(voice) == "Sora"


def test_edit_form_shows_a_taken_name_beside_the_field(
    ed: Client, voice: Voice, living: Living, cast: Cast
) -> None:
    make_voice(cast.ed, name="Sora", account=living.account)
    assert "already have a voice called “Sora”" in text(edit(ed, voice, name="Sora"))
    with living.asking() as http:  # one that only Althea knows
        definition = {"lmnt": {"voiceId": "x"}}
        http.post("/api/voices", json={"name": "Ravi", "definition": definition}).raise_for_status()
    answer = edit(ed, voice, name="Ravi")
    assert answer.status_code == 422
    assert "already have a voice called “Ravi”" in text(answer)
    assert form_of(answer)["name"] == "Ravi"


def test_edit_form_shows_altheas_errors_beside_the_field(ed: Client, voice: Voice, living: Living) -> None:
    body = {"primaryLanguage": ["Not a language we speak."], "other": ["Odd."]}
    living.sandbox.fault(effect="status", status=400, method="PATCH", body=body)
    answer = edit(ed, voice, language="yue")
    assert answer.status_code == 422
    assert 'id="language-error"' in answer.content.decode()
    assert "Althea says: Not a language we speak." in text(answer)
    assert form_of(answer)["language"] == "yue"


# --- two at once -----------------------------------------------------------------------------------
def test_edit_conflict_shows_both_values_and_can_be_overwritten(
    ed: Client, voice: Voice, living: Living, cast: Cast
) -> None:
    living.key(cast.ada)
    url = f"/voices/{voice.pk}/edit/"
    opened = form_of(ed.get(url))
    edit(cast.login(cast.ada), voice, name="Adas name", description="Adas words")
    answer = ed.post(url, opened | {"name": "Eds name"})
    page = text(answer)
    assert answer.status_code == 409
    assert "Ada changed this voice just now , after you opened it." in page
    assert "Name Yours Eds name Now Adas name" in page
    assert "Description Yours You didn't change it Now Adas words" in page
    again = form_of(answer)
    assert (again["name"], again["description"]) == ("Eds name", "Adas words")
    assert name_of(voice) == "Adas name"
    assert ed.post(url, again).status_code == 303
    now = Voice.objects.get(pk=voice.pk)
    assert (now.name, now.description) == ("Eds name", "Adas words")
    upstream = living.told(voice)
    assert upstream is not None
    assert (upstream["name"], upstream["description"]) == ("Eds name", "Adas words")


def test_same_edit_by_two_people_is_no_conflict(ed: Client, voice: Voice, living: Living, cast: Cast) -> None:
    living.key(cast.ada)
    url = f"/voices/{voice.pk}/edit/"
    opened = form_of(ed.get(url))
    edit(cast.login(cast.ada), voice, name="Both want it")
    answer = ed.post(url, opened | {"name": "Both want it"})
    assert (answer.status_code, answer["Location"]) == (303, f"/voices/{voice.pk}/")
    assert "Nothing to save: someone already made this change." in text(ed.get(answer["Location"]))
    assert name_of(voice) == "Both want it"


def test_edit_conflict_names_a_change_outside_the_studio(ed: Client, voice: Voice, living: Living) -> None:
    living.change(voice, name="Elsewhere")
    answer = edit(ed, voice, name="Sora")
    assert answer.status_code == 409
    assert "changed at Althea, outside Voice Studio" in text(answer)
    assert "Name Yours Sora Now Elsewhere" in text(answer)
    assert ed.post(f"/voices/{voice.pk}/edit/", form_of(answer)).status_code == 303
    assert name_of(voice) == "Sora"


def test_edit_conflict_names_a_change_found_by_a_sync(ed: Client, voice: Voice, living: Living) -> None:
    url = f"/voices/{voice.pk}/edit/"
    opened = form_of(ed.get(url))
    living.change(voice, name="Elsewhere")
    Voice.objects.update(name="Elsewhere", version=2, changed_at=timezone.now())
    answer = ed.post(url, opened | {"name": "Sora"})
    assert answer.status_code == 409
    assert "The library picked it up just now" in text(answer)


def test_edit_says_that_the_voice_is_gone(ed: Client, voice: Voice, living: Living) -> None:
    living.delete(voice)
    answer = edit(ed, voice, name="Sora")
    assert answer.status_code == 422
    assert "Missing at Althea since" in text(answer)
    assert "<form method" not in answer.content.decode().partition("<main")[2]


# --- whose key -------------------------------------------------------------------------------------
def no_key(cast: Cast, living: Living) -> Any:
    return None


def another_account(cast: Cast, living: Living) -> Any:
    return make_key(cast.ed, account=make_account())


def refused(cast: Cast, living: Living) -> Any:
    return living.key(cast.ed, state=KeyState.REFUSED)


@pytest.mark.parametrize("key", [no_key, another_account, refused])
def test_edit_page_without_a_working_key_says_why_up_front(
    ed: Client, cast: Cast, living: Living, key: Any
) -> None:
    living.key(cast.ada)  # a teammate's is not one's own
    voice = living.voice(cast.ada)
    key(cast, living)
    page = ed.get(f"/voices/{voice.pk}/edit/")
    assert b'name="name"' not in page.content
    assert b'<a href="/keys/">Go to your keys</a>' in ed.get(f"/voices/{voice.pk}/").content
    assert f"/voices/{voice.pk}/edit/".encode() not in ed.get(f"/voices/{voice.pk}/").content
    assert b'<a href="/keys/">Go to your keys</a>' in page.content
    assert "Save" not in text(page)
    answer = ed.post(f"/voices/{voice.pk}/edit/", {"version": "1", "name": "Sora"})
    assert (answer.status_code, name_of(voice)) == (422, "Marlene")
    assert living.sandbox.log(method="PATCH") == []


def test_edit_form_says_catalogue_voices_are_read_only(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed)
    voice = make_voice(cast.ed, account=key.account, ownership="public")
    page = text(ed.get(f"/voices/{voice.pk}/edit/"))
    assert "public catalogue" in page
    assert "Go to your keys" not in page
    assert ed.post(f"/voices/{voice.pk}/edit/", {"name": "Mine"}).status_code == 422


def test_edit_with_a_refused_key_links_to_the_keys_page(ed: Client, voice: Voice, living: Living) -> None:
    living.sandbox.revoke(living.secret)
    answer = edit(ed, voice, name="Sora")
    assert answer.status_code == 422
    assert "Althea refused your key “Sandbox”. Nothing was changed." in text(answer)
    assert "Go to your keys" in text(answer)
    assert form_of(answer)["name"] == "Sora"
    assert ApiKey.objects.get().state == KeyState.REFUSED


@pytest.mark.parametrize("who", ["vera", "sam", "nora"])
def test_edit_form_is_closed_to_everybody_else(cast: Cast, voice: Voice, who: str) -> None:
    answer = cast.login(getattr(cast, who)).get(f"/voices/{voice.pk}/edit/")
    assert answer.status_code == {"vera": 403, "sam": 404, "nora": 403}[who]


def test_a_deleted_voice_has_no_form(ed: Client, voice: Voice) -> None:
    Voice.objects.update(deleted_at=timezone.now())
    assert ed.get(f"/voices/{voice.pk}/edit/").status_code == 404


# --- what goes wrong -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"effect": "drop"}, "We checked: nothing was changed."),
        ({"effect": "html"}, "We checked: nothing was changed."),
        ({"effect": "throttle", "seconds": 7}, "Try again in 7 s."),
        ({"effect": "status", "status": 403}, "A proxy or firewall blocked the request to Althea."),
        ({"effect": "unpaid"}, "allowance"),
    ],
)
def test_failed_edit_is_explained_and_keeps_input(
    ed: Client, voice: Voice, living: Living, fault: dict[str, Any], sentence: str
) -> None:
    living.sandbox.fault(**fault, method="PATCH", path=ONE_VOICE)
    answer = edit(ed, voice, name="Sora", description="New words")
    assert answer.status_code == 422
    assert sentence in text(answer)
    kept = form_of(answer)
    assert (kept["name"], kept["description"], name_of(voice)) == ("Sora", "New words", "Marlene")
    assert ed.post(f"/voices/{voice.pk}/edit/", kept).status_code == 303
    assert name_of(voice) == "Sora"


def test_edit_with_a_lost_answer_succeeds_if_it_landed(ed: Client, voice: Voice, living: Living) -> None:
    living.sandbox.fault(effect="drop", how="rst", method="PATCH", commit=True)
    assert edit(ed, voice, name="Sora").status_code == 303
    assert name_of(voice) == "Sora"


# --- agents that name the voice by its name --------------------------------------------------------
def test_rename_that_breaks_agents_asks_again_and_lists_them(
    ed: Client, voice: Voice, living: Living
) -> None:
    living.agent("Front desk", voice="Marlene")
    living.agent("Night line", voice=voice.voice_id)
    answer = edit(ed, voice, name="Sora", description="New words")
    page = text(answer)
    assert answer.status_code == 422
    assert "1 agent refers to this voice by name" in page
    assert "Front desk" in page
    assert "Night line" not in page
    assert living.sandbox.log(method="PATCH") == []
    kept = form_of(answer)
    assert (kept["name"], kept["description"]) == ("Sora", "New words")
    assert ed.post(f"/voices/{voice.pk}/edit/", kept).status_code == 303
    assert name_of(voice) == "Sora"


def test_edit_without_a_rename_asks_nothing(ed: Client, voice: Voice, living: Living) -> None:
    living.agent("Front desk", voice="Marlene")
    assert edit(ed, voice, description="New words").status_code == 303
    assert living.sandbox.log(path="/api/agents", method="GET") == []


def test_unreadable_agents_are_mentioned_and_block_no_rename(
    ed: Client, voice: Voice, living: Living
) -> None:
    living.sandbox.fault(effect="status", status=403, method="GET", path="/api/agents")
    answer = edit(ed, voice, name="Sora")
    assert (answer.status_code, name_of(voice)) == (303, "Sora")
    assert "Couldn't load" in told(answer)
