"""Tags: one a word whatever its writing, put on and taken off, renamed, merged, removed; found by search at once."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.base import Cast, make_cast
from tests.builders import make_account, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions.bulk.changes import FULL, BulkResult, NoTagError, change_at_once
from voices.actions.bulk.submit import BulkOperation
from voices.actions.organise.tags import (
    MAX_AT_ONCE,
    MAX_LETTERS,
    MAX_OF_TEAM,
    MAX_ON_VOICE,
    SameTagError,
    TagError,
    add_tags,
    merge_tags,
    read_tag,
    read_tags,
    remove_tag,
    rename_tag,
    tag_key,
    untag_voice,
)
from voices.library.tags import count_of, counted_tags
from voices.models import AuditEntry, BulkVerb, Membership, Tag, Tagging, Team, Voice


@pytest.fixture
def voice(cast: Cast) -> Voice:
    return make_voice(cast.ed, changed_at=NOON)


def tagged(member: Membership, *names: str, voice: Voice | None = None) -> Tag:
    """The last of these tags, on a voice."""
    voice = voice or make_voice(member)
    add_tags(member=member, voice=voice, names=names, now=timezone.now())
    return Tag.objects.get(team=member.team, key=tag_key(names[-1]))


def on(voice: Voice) -> list[str]:
    return [tag.name for tag in voice.tags.all()]


def text_of(voice: Voice) -> str:
    return Voice.objects.get(pk=voice.pk).search_text


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


# --- names -----------------------------------------------------------------------------------------


def test_name_is_cleaned() -> None:
    assert read_tag("  Warm \x00\u202e  Voice\u200b ") == "Warm Voice"
    assert read_tag("Cafe\u0301") == "Café"
    assert read_tags("warm, ,WARM , Wärm,cold") == ["Wärm", "cold"]


@pytest.mark.parametrize(
    "typed", ["", "   ", ",", " , ", "\u0301\u0301", "\u200b", "x" * (MAX_LETTERS + 1), "ok," + "y" * 41]
)
def test_unusable_tag_name_is_refused(typed: str) -> None:
    with pytest.raises(TagError):
        read_tags(typed)


def test_tag_name_has_no_comma_and_tag_list_is_bounded() -> None:
    with pytest.raises(TagError, match="comma"):
        read_tag("warm, cold")
    with pytest.raises(TagError, match="at most 20"):
        read_tags(",".join(str(number) for number in range(21)))


def test_tag_key_fits_the_column_after_case_folding(cast: Cast, voice: Voice) -> None:
    add_tags(member=cast.ed, voice=voice, names=["\ufdfa" * MAX_LETTERS], now=NOON)
    assert len(Tag.objects.get().key) <= 80


# --- on a voice ------------------------------------------------------------------------------------


def test_new_tag_is_attached_searchable_and_audited(cast: Cast, voice: Voice) -> None:
    revision = Team.objects.get(pk=voice.team_id).library_revision
    new = add_tags(member=cast.ed, voice=voice, names=["Phone", "warm"], now=timezone.now())
    row = Voice.objects.get(pk=voice.pk)
    assert [tag.name for tag in new] == ["Phone", "warm"]
    assert "phone" in row.search_text
    assert (row.version, row.changed_at > NOON) == (voice.version + 1, True)
    assert verbs() == ["tag.made", "tag.made", "voice.tagged", "voice.tagged"]
    assert Team.objects.get(pk=voice.team_id).library_revision > revision


def test_tag_name_in_other_spelling_is_the_same_tag(cast: Cast, voice: Voice) -> None:
    tagged(cast.ed, "Élan")
    assert [tag.name for tag in add_tags(member=cast.ed, voice=voice, names=["elan"], now=NOON)] == ["Élan"]
    assert add_tags(member=cast.ed, voice=voice, names=["ELAN"], now=NOON) == []
    assert Tag.objects.count() == 1


def test_teams_have_tags_of_their_own(cast: Cast, voice: Voice) -> None:
    tagged(cast.sam, "warm")
    tagged(cast.ed, "warm", voice=voice)
    assert Tag.objects.count() == 2
    assert [one.many for one in counted_tags(cast.ed)] == [1]


def test_tag_limits_are_20_per_voice_and_500_per_team(cast: Cast, voice: Voice) -> None:
    tagged(cast.ed, *(str(number) for number in range(MAX_ON_VOICE)), voice=voice)
    with pytest.raises(TagError, match="at most 20 tags"):
        add_tags(member=cast.ed, voice=voice, names=["one more"], now=NOON)
    assert not Tag.objects.filter(name="one more").exists()
    team, rest = cast.northwind, range(MAX_ON_VOICE, MAX_OF_TEAM)
    Tag.objects.bulk_create([Tag(team=team, name=str(one), key=str(one)) for one in rest])
    other = make_voice(cast.ed)
    with pytest.raises(TagError, match="500 tags"):
        add_tags(member=cast.ed, voice=other, names=["one more"], now=NOON)
    assert add_tags(member=cast.ed, voice=other, names=["499"], now=NOON)


def test_bulk_tagging_respects_both_tag_limits(cast: Cast, voice: Voice) -> None:
    tagged(cast.ed, *(str(number) for number in range(MAX_ON_VOICE)), voice=voice)
    free, operation = make_voice(cast.ed, name="Free"), BulkOperation(BulkVerb.TAG, {"tag": "more"})
    _, came = change_at_once(member=cast.ed, operation=operation, voices=[free.pk, voice.pk], now=NOON)
    assert came == BulkResult({free.pk}, {voice.pk: FULL})
    assert on(free) == ["more"]
    assert len(on(voice)) == MAX_ON_VOICE
    Tag.objects.bulk_create(
        Tag(team=cast.northwind, name=f"t{one}", key=f"t{one}") for one in range(MAX_OF_TEAM)
    )
    with pytest.raises(NoTagError, match="500 tags"):
        change_at_once(
            member=cast.ed, operation=BulkOperation(BulkVerb.TAG, {"tag": "new"}), voices=[free.pk], now=NOON
        )


def test_untagging_a_voice_keeps_the_tag_of_the_team(cast: Cast, voice: Voice) -> None:
    tag = tagged(cast.ed, "warm", voice=voice)
    assert untag_voice(member=cast.ed, voice=voice, tag=tag, now=NOON)
    assert not untag_voice(member=cast.ed, voice=voice, tag=tag, now=NOON)
    assert "warm" not in text_of(voice)
    assert verbs()[-1:] == ["voice.untagged"]
    assert [(one.tag.name, one.many) for one in counted_tags(cast.ed)] == [("warm", 0)]


def test_a_voice_deleted_meanwhile_gets_no_tag(cast: Cast, voice: Voice) -> None:
    Voice.objects.filter(pk=voice.pk).update(deleted_at=NOON)
    with pytest.raises(TagError, match="has been deleted"):
        add_tags(member=cast.ed, voice=voice, names=["warm"], now=NOON)
    assert not Tag.objects.exists()


def test_viewers_change_nothing(cast: Cast, voice: Voice) -> None:
    tag, vera = tagged(cast.ed, "warm", voice=voice), cast.vera
    with pytest.raises(PermissionDenied):
        add_tags(member=vera, voice=voice, names=["cold"], now=NOON)
    with pytest.raises(PermissionDenied):
        untag_voice(member=vera, voice=voice, tag=tag, now=NOON)
    with pytest.raises(PermissionDenied):
        rename_tag(member=vera, tag=tag, name="cold")
    with pytest.raises(PermissionDenied):
        merge_tags(member=vera, tag=tag, into=tag, now=NOON)
    with pytest.raises(PermissionDenied):
        remove_tag(member=vera, tag=tag, now=NOON)


# --- the tags themselves ---------------------------------------------------------------------------


def test_renamed_tag_finds_its_voices_by_the_new_name(cast: Cast, voice: Voice) -> None:
    tag = tagged(cast.ed, "warm", voice=voice)
    was = Voice.objects.get(pk=voice.pk)
    assert rename_tag(member=cast.ed, tag=tag, name=" Cosy ")
    row = Voice.objects.get(pk=voice.pk)
    assert ("cosy" in row.search_text, "warm" in row.search_text) == (True, False)
    # The voice is what it was: it does not jump to the top of the last changed.
    assert (row.version, row.changed_at) == (was.version, was.changed_at)
    assert AuditEntry.objects.latest("id").facts == {"from": "warm", "to": "Cosy"}
    assert rename_tag(member=cast.ed, tag=tag, name="COSY")
    assert on(voice) == ["COSY"]


def test_tag_rename_to_a_taken_name_names_the_other_tag(cast: Cast, voice: Voice) -> None:
    tag, other = tagged(cast.ed, "warm", voice=voice), tagged(cast.ed, "Cosy")
    with pytest.raises(SameTagError) as told:
        rename_tag(member=cast.ed, tag=tag, name="cosy")
    assert told.value.other == other
    assert on(voice) == ["warm"]


def test_tag_merge_leaves_one_tag_on_the_voices_of_both(cast: Cast, voice: Voice) -> None:
    tag, into = tagged(cast.ed, "warm", voice=voice), tagged(cast.ed, "cosy", voice=voice)
    other = make_voice(cast.ed)
    tagged(cast.ed, "warm", voice=other)
    assert merge_tags(member=cast.ed, tag=tag, into=into, now=NOON) == 2
    assert (on(voice), on(other), count_of(into)) == (["cosy"], ["cosy"], 2)
    assert "warm" not in text_of(voice) + text_of(other)
    line = AuditEntry.objects.get(verb="tag.merged")
    assert (line.thing_id, line.facts) == (str(into.pk), {"merged": "warm", "voices": 2})
    assert merge_tags(member=cast.ed, tag=tag, into=into, now=NOON) is None


def test_tag_counts_ignore_deleted_voices(cast: Cast, voice: Voice) -> None:
    tag = tagged(cast.ed, "warm", voice=voice)
    tagged(cast.ed, "warm")
    Voice.objects.filter(pk=voice.pk).update(deleted_at=NOON)
    assert ([one.many for one in counted_tags(cast.ed)], count_of(tag)) == ([1], 1)


def test_tag_change_updates_the_search_of_very_many_voices(cast: Cast, voice: Voice) -> None:
    tag = tagged(cast.ed, "warm", voice=voice)
    team, account = voice.team, voice.account
    common = {"team": team, "account": account, "created_at": NOON, "changed_at": NOON}
    rows = [
        Voice(name="V", voice_id=str(one), search_text="warm", **common) for one in range(MAX_AT_ONCE + 20)
    ]
    Voice.objects.bulk_create(rows)
    Tagging.objects.bulk_create([Tagging(tag=tag, voice=row) for row in rows])
    rename_tag(member=cast.ed, tag=tag, name="cosy")
    assert Voice.objects.filter(search_text__contains="cosy").count() == len(rows) + 1
    assert remove_tag(member=cast.ed, tag=tag, now=NOON) == len(rows) + 1
    assert not Voice.objects.filter(search_text__contains="cosy").exists()


def test_a_tag_merges_into_another_one_of_its_team_only(cast: Cast, voice: Voice) -> None:
    tag, foreign = tagged(cast.ed, "warm", voice=voice), tagged(cast.sam, "cosy")
    assert merge_tags(member=cast.ed, tag=tag, into=foreign, now=NOON) is None
    with pytest.raises(TagError, match="another tag"):
        merge_tags(member=cast.ed, tag=tag, into=tag, now=NOON)
    assert on(voice) == ["warm"]


def test_a_removed_tag_leaves_its_voices(cast: Cast, voice: Voice) -> None:
    tag = tagged(cast.ed, "warm", voice=voice)
    assert remove_tag(member=cast.ed, tag=tag, now=NOON) == 1
    assert (on(voice), "warm" in text_of(voice)) == ([], False)
    assert AuditEntry.objects.get(verb="tag.removed").facts == {"voices": 1}
    assert remove_tag(member=cast.ed, tag=tag, now=NOON) is None
    assert rename_tag(member=cast.ed, tag=tag, name="cosy") is False


# --- at the same moment ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_adding_the_same_tag_at_once_makes_one_tag() -> None:
    cast, account = make_cast(), make_account()
    voices = [make_voice(cast.ed, account=account) for _ in range(4)]

    def add(number: int) -> int:
        return len(add_tags(member=cast.ed, voice=voices[number], names=["Warm", "cold"], now=timezone.now()))

    assert at_once(add) == [2, 2, 2, 2]
    assert (Tag.objects.count(), Tagging.objects.count()) == (2, 8)
    assert verbs().count("tag.made") == 2


@pytest.mark.django_db(transaction=True)
def test_tagging_one_voice_twice_at_once_tags_it_once() -> None:
    cast = make_cast()
    voice = make_voice(cast.ed)
    new = at_once(lambda _: len(add_tags(member=cast.ed, voice=voice, names=["warm"], now=timezone.now())))
    assert (sorted(new), Tagging.objects.count()) == ([0, 0, 0, 1], 1)


@pytest.mark.django_db(transaction=True)
def test_concurrent_tag_changes_end_in_a_consistent_state() -> None:
    cast, now = make_cast(), timezone.now()
    voice, other = make_voice(cast.ed), make_voice(cast.ed)
    warm, cosy = tagged(cast.ed, "warm", voice=other), tagged(cast.ed, "cosy", voice=other)
    deeds = (
        lambda: add_tags(member=cast.ed, voice=voice, names=["warm", "cosy"], now=now),
        lambda: merge_tags(member=cast.ed, tag=warm, into=cosy, now=now),
        lambda: merge_tags(member=cast.ed, tag=cosy, into=warm, now=now),
        lambda: remove_tag(member=cast.ed, tag=warm, now=now),
    )
    at_once(lambda number: deeds[number]() is None)
    for row in Voice.objects.all():
        words = set(row.search_text.split("\n")) & {"warm", "cosy"}
        assert words == set(on(row))


@pytest.mark.django_db(transaction=True)
def test_tag_rename_and_new_tag_at_once_are_both_searchable() -> None:
    cast = make_cast()
    voice = make_voice(cast.ed)
    tag = tagged(cast.ed, "start", voice=voice)
    for turn in range(5):
        word = f"word{turn}"
        deeds = (
            lambda word=word: rename_tag(member=cast.ed, tag=tag, name=f"re{word}"),
            lambda word=word: add_tags(member=cast.ed, voice=voice, names=[word], now=timezone.now()),
        )
        at_once(lambda number, deeds=deeds: bool(deeds[number]()), count=2)  # type: ignore[misc]  # bound now
        assert {f"reword{turn}", word} <= set(text_of(voice).split("\n"))


@pytest.mark.django_db(transaction=True)
def test_two_tag_renames_to_one_name_leave_two_tags() -> None:
    cast = make_cast()
    tags = [tagged(cast.ed, name) for name in ("a", "b")]

    def rename(number: int) -> bool:
        try:
            return rename_tag(member=cast.ed, tag=tags[number], name="same")
        except TagError:
            return False

    assert sorted(at_once(rename, count=2)) == [False, True]
    assert Tag.objects.count() == 2
