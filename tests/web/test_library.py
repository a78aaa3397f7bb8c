"""The library page: only the team's voices, found by name, paged without loss, cheap at any size."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account, make_job, make_order, make_sample, make_voice
from voices.library.filters import Filters
from voices.library.pages import library_page
from voices.models import AuditEntry, CloneJob, State, Tag, User, Voice
from voices.templatetags.rows import row_of


@pytest.fixture
def vera(cast: Cast) -> Client:
    return cast.login(cast.vera)


def test_library_shows_only_voices_of_the_team(vera: Client, cast: Cast) -> None:
    make_voice(cast.ed, name="Marlene")
    make_voice(cast.sam, name="Foreign Fritz")
    page = vera.get("/").content.decode()
    assert "Marlene" in page
    assert "Foreign Fritz" not in page


@pytest.mark.parametrize("typed", ["elo", "ÉLODIE", "odie", "soft", " soft "])
def test_search_ignores_case_and_accents_and_finds_substrings(vera: Client, cast: Cast, typed: str) -> None:
    make_voice(cast.ed, name="Élodie", description="Soft, close to the microphone")
    make_voice(cast.ed, name="Ravi")
    page = vera.get("/", {"q": typed}).content.decode()
    assert "Élodie" in page
    assert "Ravi" not in page


@pytest.mark.parametrize("typed", ["\x00", "%", "_", "'", '"', "x" * 10_000, "\ud800", "<script>"])
def test_library_answers_hostile_searches(vera: Client, cast: Cast, typed: str) -> None:
    make_voice(cast.ed, name="Marlene")
    answer = vera.get("/", QUERY_STRING=f"q={typed.encode('utf-8', 'surrogatepass').hex()}")
    assert answer.status_code == 200
    assert vera.get("/", {"q": typed.encode("utf-8", "replace").decode()}).status_code == 200


def test_search_treats_percent_and_underscore_literally(vera: Client, cast: Cast) -> None:
    make_voice(cast.ed, name="Marlene")
    assert "Marlene" not in vera.get("/", {"q": "%"}, headers={"HX-Request": "true"}).content.decode()


def test_pagination_loses_nothing_while_rows_are_added(cast: Cast) -> None:
    now, account = timezone.now(), make_account()
    names = [f"Voice {number:03}" for number in range(25)]
    for number, name in enumerate(names):
        make_voice(cast.ed, name=name, account=account, created_at=now - timedelta(seconds=number // 3))
    seen, cursor = [], ""
    while True:
        page = library_page(cast.ed, filters=Filters(), cursor=cursor, size=7)
        seen += [voice.name for voice in page.voices]
        make_voice(cast.ed, name="Newcomer", account=account, created_at=now + timedelta(seconds=1))
        cursor = page.next_cursor
        if not cursor:
            break
    assert sorted(seen) == names


@pytest.mark.parametrize("cursor", ["x", "é", "\x00", "A" * 5_000, "bmV3ZXN0"])
def test_library_with_a_malformed_cursor_shows_the_first_page(vera: Client, cast: Cast, cursor: str) -> None:
    make_voice(cast.ed, name="Marlene")
    assert "Marlene" in vera.get("/", {"cursor": cursor}).content.decode()


def test_library_needs_the_same_queries_at_any_size(
    vera: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    account = make_account()
    for number in range(60):
        make_voice(cast.ed, name=f"Voice {number}", account=account)
    vera.get("/")
    with django_assert_max_num_queries(8):  # type: ignore[operator]  # pytest-django's protocol
        page = vera.get("/").content.decode()
    assert "cursor=" in page


def test_library_shows_own_live_and_failed_clones_first(cast: Cast) -> None:
    make_job(cast.ed, name="Under way")
    make_job(
        cast.ed, name="Went wrong", state=State.FAILED, ended_at=timezone.now(), message="Althea refused it."
    )
    make_job(cast.ada, name="Of another")
    page = cast.login(cast.ed).get("/").content.decode()
    assert "Under way" in page
    assert "Went wrong" in page
    assert "Of another" not in page


def test_empty_library_says_how_to_begin(cast: Cast) -> None:
    assert "/clone/" in cast.login(cast.ed).get("/").content.decode()


def test_team_switch_for_two_teams_and_a_message_for_none(cast: Cast) -> None:
    cast.southwind.memberships.create(user=cast.ed.user, role="viewer")
    make_voice(cast.sam, name="Southern voice")
    browser = cast.login(cast.ed)
    assert "Southern voice" not in browser.get("/").content.decode()
    browser.post("/team/switch/", {"team": str(cast.southwind.pk)})
    assert "Southern voice" in browser.get("/").content.decode()
    assert cast.login(cast.ada).post("/team/switch/", {"team": str(cast.southwind.pk)}).status_code == 404
    assert "You're not in a team" in cast.login(cast.nora).get("/").content.decode()


def test_library_is_closed_to_a_removed_member(cast: Cast) -> None:
    browser = cast.login(cast.ed)
    cast.ed.delete()
    assert browser.get("/").status_code == 403


HOSTILE = [
    "language=%00&language=xx-yy-zz-" + "a" * 500, "tag=0&tag=-1&tag=99999999999999999999&tag=x",
    "owner=none&owner=%F0",
    "account=zz&account=" + "0" * 36, "stage=any&stage=draft&stage=x", "gone=maybe&favourite=yes&health=%25&sort=%27",
    "&".join(f"provider={number}" for number in range(500)), "billing=%EF%BF%BF&ownership=none", "view=%00&counts=1",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_library_and_fragments_answer_hostile_filters(vera: Client, cast: Cast, query: str) -> None:
    make_voice(cast.ed, name="Marlene")
    make_voice(cast.sam, name="Foreign Fritz")
    for address, headers in (
        ("/", {}),
        ("/", {"HX-Request": "true"}),
        ("/library/counts/", {"HX-Request": "true"}),
    ):
        answer = vera.get(address, QUERY_STRING=query, headers=headers)
        assert answer.status_code == 200
        assert "Foreign Fritz" not in answer.content.decode()


def test_library_says_that_retired_voices_are_hidden(vera: Client, cast: Cast) -> None:
    make_voice(cast.ed, name="Marlene")
    make_voice(cast.ed, name="Old Tom", stage="retired")
    page = vera.get("/", {"counts": "1"}).content.decode()
    assert ["Marlene" in page, "Old Tom" in page, "1 retired hidden" in page] == [True, False, True]
    assert "Old Tom" in vera.get("/", {"stage": "any"}).content.decode()


def test_empty_result_lists_each_filter_with_a_remove_link(vera: Client, cast: Cast) -> None:
    tag = make_order(cast.ed, make_voice(cast.ed), name="<i>brand</i>").tag
    page = " ".join(vera.get("/", {"q": "zzz", "tag": tag.pk, "favourite": "1"}).content.decode().split())
    assert "“zzz”</bdi>, <bdi>Tag: &lt;i&gt;brand&lt;/i&gt;</bdi> and <bdi>Favourites</bdi>." in page
    assert f'href="/?tag={tag.pk}&amp;favourite=1"' in page
    assert f'href="/?q=zzz&amp;tag={tag.pk}"' in page


@pytest.mark.parametrize(
    ("before", "now", "header"),
    [("", "q=mar", "Push"), ("?q=mar", "q=marl", "Replace"), ("?q=mar", "language=de&q=mar", "Push"),
     ("?q=mar", "q=", "Push"), ("?q=mar", "q=mar&sort=newest", "Replace")],
)  # fmt: skip
def test_only_user_steps_enter_the_browser_history(
    vera: Client, cast: Cast, before: str, now: str, header: str
) -> None:
    make_voice(cast.ed)
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/{before}"}
    answer = vera.get(f"/?{now}", headers=headers)
    assert f"HX-{header}-Url" in answer.headers


def test_deleted_voices_are_listed_with_a_way_back(cast: Cast) -> None:
    now, account = timezone.now(), make_account()
    common = {"account": account, "deleted_by": cast.ed.user}
    for number in range(50):
        at = now - timedelta(hours=number)
        sample = make_sample(cast.ed) if number == 0 else None
        make_voice(cast.ed, name=f"Gone {number:02}", deleted_at=at, sample=sample, **common)
    make_voice(cast.ed, name="Alive", account=account)
    make_voice(cast.sam, name="Foreign", deleted_at=now)
    first = cast.login(cast.ada).get("/library/deleted/").content.decode()
    names = re.findall(r"<b dir=.auto.>([^<]+)</b>", first)
    assert names == [f"Gone {number:02}" for number in range(48)]
    assert first.count("Clone again") == 1
    assert "no recording kept" in first
    more = re.search(r'hx-get="(\?cursor=[^"]+)"', first)
    assert more
    rest = cast.login(cast.vera).get(f"/library/deleted/{more[1]}", headers={"HX-Request": "true"})
    assert re.findall(r"<b dir=.auto.>([^<]+)</b>", rest.content.decode()) == ["Gone 48", "Gone 49"]
    assert b"Clone again" not in rest.content


def test_voice_that_was_cloned_again_says_so(cast: Cast) -> None:
    voice = make_voice(cast.ed, deleted_at=timezone.now(), sample=make_sample(cast.ed))
    browser = cast.login(cast.ada)
    make_job(cast.ada, name="Failed", state=State.FAILED, replaces=voice)
    assert "cloned again" not in " ".join(browser.get("/library/deleted/").content.decode().split())
    make_job(cast.ada, name="Created", state=State.CREATED, replaces=voice)
    assert "cloned again" in " ".join(browser.get("/library/deleted/").content.decode().split())


def test_provider_is_spelled_as_the_provider_does(vera: Client, cast: Cast) -> None:
    make_voice(cast.ed, provider="Eleven Labs")
    page = vera.get("/", {"counts": "1"}).content.decode()
    assert re.sub(r'value="[^"]*"|id="[^"]*"', "", page).count("Eleven Labs") == 0
    assert page.count("ElevenLabs") >= 2


def test_row_shows_two_short_tags_or_one_and_a_count(vera: Client, cast: Cast) -> None:
    short, long = make_voice(cast.ed, name="Short"), make_voice(cast.ed, name="Long")
    for voice, names in ((short, ["ivr", "kids", "news"]), (long, ["characters", "games"])):
        for name in names:
            voice.tags.add(Tag.objects.create(team=cast.northwind, name=name, key=name))
    rows = row_of(short), row_of(long)
    assert [row.first_tags for row in rows] == [("ivr", "kids"), ("characters",)]
    assert [row.other_tags for row in rows] == [("news",), ("games",)]
    assert 'title="news">+1' in vera.get("/").content.decode()


def test_cached_row_shows_later_changes(vera: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed, name="Before")
    assert "Before" in vera.get("/").content.decode()
    changes = {"name": "After", "description": "Hoarse", "stage": "approved", "provider": "Hume"}
    Voice.objects.filter(pk=voice.pk).update(**changes)
    User.objects.filter(pk=cast.ed.user_id).update(name="Edwina")
    page = vera.get("/").content.decode()
    assert "Before" not in page
    for shown in ("After", "Hoarse", "Approved", "Hume", "Edwina"):
        assert shown in page


def make_failed(cast: Cast, number: int) -> list[CloneJob]:
    ended = timezone.now()
    return [
        make_job(cast.ed, name=f"Wrong {one}", state=State.FAILED, ended_at=ended, message="No.")
        for one in range(number)
    ]


def test_failed_clones_fold_into_one_line(cast: Cast) -> None:
    make_failed(cast, 1)
    assert "clones failed" not in cast.login(cast.ed).get("/").content.decode()
    make_failed(cast, 3)
    page = cast.login(cast.ed).get("/").content.decode()
    assert "4 clones failed" in page
    assert page.count("<summary") == page.count("</summary>")


def test_dismiss_all_hides_only_own_failed_clones(cast: Cast) -> None:
    failed, late = make_failed(cast, 3), make_failed(cast, 1)[0]
    live, foreign = make_job(cast.ed, name="Live"), make_job(cast.ada, name="Hers", state=State.FAILED)
    browser = cast.login(cast.ed)
    form = {"job": [str(job.pk) for job in (*failed, live, foreign)] + ["x"]}
    answer = browser.post("/clones/dismiss/", form, headers={"HX-Request": "true"})
    assert 'data-say="3 clones dismissed."' in answer.content.decode()
    hidden = set(CloneJob.objects.exclude(dismissed_at=None).values_list("pk", flat=True))
    assert hidden == {job.pk for job in failed}
    assert AuditEntry.objects.filter(verb="clone.dismissed").count() == 3
    assert late.name in answer.content.decode()
    assert browser.post("/clones/dismiss/", form).headers["Location"] == "/"
    assert cast.login(cast.vera).post("/clones/dismiss/", form).status_code == 403
