"""The voice page: every field once and in words, whatever Althea sent; what was done to it; where it is used."""

import re
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_job, make_key, make_preview, make_sample, make_voice
from tests.sandbox_voices import Living
from voices import audit
from voices.models import Alias, AuditEntry, Voice
from voices.web.voice.details import grouped

HOSTILE = '"><img src=x onerror=alert(1)> hx-get=/x {{ 7 }} </textarea></script>'


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def page(client: Client, voice: Voice, part: str = "", **headers: str) -> HttpResponse:
    answer = client.get(f"/voices/{voice.pk}/{part}", headers=headers)
    assert answer.status_code == 200
    return answer


def test_voice_page_spells_the_provider_and_shows_the_id_once(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed, definition={"elevenLabs": {"stability": 0.35}})
    answer = page(ed, voice)
    assert "Eleven Labs" not in text(answer)
    assert "ElevenLabs settings" in text(answer)
    assert "Stability 0.35 (0 to 1)" in text(answer)
    assert (
        re.sub(r"<pre.*?</pre>", "", answer.content.decode(), flags=re.DOTALL).count(f">{voice.voice_id}<")
        == 1
    )


def test_voice_page_marks_up_times_for_local_display(ed: Client, cast: Cast) -> None:
    answer = page(ed, make_voice(cast.ed, played_at=timezone.now()))
    told = re.sub(r'title="[^"]*"', "", answer.content.decode())
    assert " UTC" not in text(answer)
    assert "Added" in told
    assert "Last played" in told
    assert told.count("<time ") >= 2


@pytest.mark.parametrize("name", [HOSTILE, "w" * 200, "صوت هادئ", "\u202eevil", "小鳥のさえずり", "a" * 40])
def test_voice_page_escapes_any_name(ed: Client, cast: Cast, name: str) -> None:
    voice = make_voice(
        cast.ed, name=name, description=name, provider=name[:60], voice_id=name[:64],
        definition={name: {name: name}, "generic": {"headers": {"Authorization": "Bearer abcdefghijklmnop"}}},
        raw={name: name, "new": [name]},
    )  # fmt: skip
    Alias.objects.create(team=cast.northwind, name="brand-en", voice=voice, moved_at=timezone.now())
    make_preview(voice)
    audit.record(
        actor=cast.ed.user,
        team=cast.northwind,
        verb="voice.edited",
        thing=voice,
        changes={name: [name, name]},
    )
    html = page(ed, voice).content.decode()
    assert name in unescape(html)
    assert "<img" not in html
    assert "abcdefghijklmnop" not in html
    assert 'dir="auto"' in html


@pytest.mark.parametrize(
    "definition", [{}, {"nobody": {"knob": 3}}, {"nobody": None}, {"lmnt": {}}, {"lmnt": "x"}, []]
)
def test_voice_page_works_with_minimal_data(ed: Client, cast: Cast, definition: Any) -> None:
    voice = make_voice(
        cast.ed, definition=definition, provider="", primary_language="", language_label="", ownership="",
        billing_style="", added_by=None,
    )  # fmt: skip
    told = text(page(ed, voice))
    assert "No language" in told
    assert "Description Not given" in told
    assert "Ownership Not given" in told


def test_voice_page_is_bounded_for_5_mb_of_raw_data(ed: Client, cast: Cast) -> None:
    raw = {"huge": "x" * 5_000_000, **{f"field{number}": "y" for number in range(500)}}
    assert len(page(ed, make_voice(cast.ed, raw=raw)).content) < 200_000


def test_voice_page_links_the_clone_job_only_if_permitted(cast: Cast) -> None:
    sample = make_sample(cast.ed, filename="marlene.wav")
    key = make_key(cast.ed, label="Main key")
    job = make_job(cast.ed, key=key, sample=sample)
    voice = make_voice(cast.ed, account=key.account, sample=sample, job=job, steward=key)
    for who, may_see in ((cast.ed, True), (cast.ada, True), (cast.vera, False)):
        answer = page(cast.login(who), voice)
        assert "Cloned here" in text(answer)
        assert "marlene.wav · 12 s" in text(answer)
        assert "Ed's key “Main key”" in text(answer)
        assert key.shown not in text(answer)
        assert (f"/clones/{job.pk}/".encode() in answer.content) is may_see


def test_voice_page_links_the_replaced_voice(ed: Client, cast: Cast) -> None:
    old = make_voice(cast.ed, name="Old Tom")
    job = make_job(cast.ed, replaces=old)
    answer = page(ed, make_voice(cast.ed, job=job))
    assert "Replaces Old Tom" in text(answer)
    assert f"/voices/{old.pk}/".encode() in answer.content


@pytest.mark.parametrize(
    ("facts", "origin"),
    [
        ({"origin": "adopted"}, "Matched to an existing Althea voice by name"),
        ({"origin": "cloned"}, "Cloned here"),
        ({}, "outside Voice Studio, and synced"),
        ({"ownership": "public"}, "From Althea's public catalogue"),
    ],
)
def test_voice_page_shows_the_origin(ed: Client, cast: Cast, facts: dict[str, str], origin: str) -> None:
    assert origin in text(page(ed, make_voice(cast.ed, **facts)))


# --- what was done ---


def test_activity_is_newest_first_with_old_and_new_values(ed: Client, cast: Cast) -> None:
    voice, who = make_voice(cast.ed), {"actor": cast.ed.user, "team": cast.northwind}
    changes = {"description": ["", "Calm"], "primary_language": ["en-US", "de-DE"]}
    audit.record(**who, verb="voice.renamed", thing=voice, **{"from": "Old", "to": "New"})
    audit.record(**who, verb="voice.edited", thing=voice, changes=changes)
    audit.record(**who, verb="voice.staged", thing=voice, stage="retired", **{"from": "draft"})
    audit.record(**who, verb="voice.tagged", thing=voice, tag="brand")
    audit.record(**who, verb="voice.alias_given", thing=voice, alias="brand-en", from_name="Tom")
    told = text(page(ed, voice, "activity/"))
    parts = [
        "added an alias to Marlene", "Alias brand-en Taken from Tom", "Tag brand", "Stage Draft → became Retired",
        "Description empty → became Calm", "English (United States) → became German (Germany)", "Name Old → became New",
    ]  # fmt: skip
    assert [told.index(part) for part in parts] == sorted(told.index(part) for part in parts)


@pytest.mark.parametrize(
    "facts", [{"changes": "x"}, {"changes": {"a": 1}}, {"changes": {"a": [None, {}]}}, {}]
)
def test_activity_tolerates_unusual_facts(ed: Client, cast: Cast, facts: dict[str, Any]) -> None:
    voice = make_voice(cast.ed)
    for verb in audit.SENTENCES:
        audit.record(actor=None, team=cast.northwind, verb=verb, thing=voice, **facts)
    assert "Activity" in text(page(ed, voice, "activity/"))


def test_activity_pages_show_every_entry_once(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed)
    for number in range(45):
        audit.record(
            actor=cast.ed.user, team=cast.northwind, verb="voice.tagged", thing=voice, tag=f"t-{number}-"
        )
    audit.record(actor=cast.sam.user, team=cast.southwind, verb="voice.tagged", thing=voice, tag="foreign")
    part, seen = "", []
    while part is not None:
        html = page(ed, voice, part, **({"HX-Request": "true"} if part else {})).content.decode()
        seen += re.findall(r"t-(\d+)-", html)
        more = re.search(r'href="[^"]*(activity/\?before=\d+)"', html)
        part = more[1] if more else None
    assert [int(one) for one in seen] == list(range(44, -1, -1))


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30, "٣", "1e3", "0"])
def test_activity_with_a_foreign_cursor_is_no_error(ed: Client, cast: Cast, before: str) -> None:
    page(ed, make_voice(cast.ed), f"activity/?before={before}")


# --- where it is used ---


def test_usage_is_shown_in_a_panel_and_on_a_page(ed: Client, cast: Cast, living: Living) -> None:
    cache.clear()
    living.key(cast.ed)
    voice = living.voice(cast.ed)
    living.agent("Front desk <b>", voice="Marlene")
    living.agent("Night line", voice=voice.voice_id)
    for headers in ({}, {"HX-Request": "true"}):
        answer = page(ed, voice, "uses/", **headers)
        assert "Front desk <b> by name" in text(answer)
        assert "Night line by ID" in text(answer)
        assert "Renaming the voice breaks it" in text(answer)
        assert ("<html" in answer.content.decode()) is not headers


def test_usage_panel_says_what_cannot_be_read(ed: Client, cast: Cast) -> None:
    told = text(page(ed, make_voice(cast.ed), "uses/"))
    assert told.count("Couldn't load: no stored key belongs to this voice's account.") == 2


def test_page_of_a_deleted_voice_has_no_player_and_usage(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed, deleted_at=timezone.now(), deleted_by=cast.ed.user)
    answer = page(ed, voice)
    assert "Use it" not in text(answer)
    assert f"Voice ID {voice.voice_id}" in text(answer)
    assert ed.get(f"/voices/{voice.pk}/uses/").status_code == 404


def test_the_page_and_its_activity_need_few_queries(
    ed: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    voice = make_voice(cast.ed)
    assert AuditEntry.objects.filter(thing_id=str(voice.pk)).count() == 0
    with django_assert_max_num_queries(20):
        page(ed, voice)


def test_nested_provider_settings_are_shown_as_a_list() -> None:
    rows = [
        ("Model", "a"),
        ("Dictionary 1 › Id", "d1"),
        ("Dictionary 1 › Version", "v1"),
        ("Dictionary 2 › Id", "d2"),
    ]
    assert [(one.label, one.rows) for one in grouped(rows)] == [
        ("", [("Model", "a")]),
        ("Dictionary 1", [("Id", "d1"), ("Version", "v1")]),
        ("Dictionary 2", [("Id", "d2")]),
    ]
