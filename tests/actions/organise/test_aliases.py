"""Aliases: one name a team, moved over what was seen, told on the voices they leave and come to."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.base import Cast, make_cast
from tests.builders import make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions.organise.aliases import (
    MAX_OF_TEAM,
    AliasError,
    AliasTakenError,
    make_alias,
    move_alias,
    read_alias,
    remove_alias,
    rename_alias,
)
from voices.library.aliases import alias_history, targets
from voices.models import Alias, AuditEntry, Membership, Team, Voice


@pytest.fixture
def marlene(cast: Cast) -> Voice:
    return make_voice(cast.ed, name="Marlene", changed_at=NOON)


@pytest.fixture
def sora(cast: Cast) -> Voice:
    return make_voice(cast.ed, name="Sora", changed_at=NOON)


def alias_of(member: Membership, voice: Voice, name: str = "brand-en") -> Alias:
    return make_alias(member=member, name=name, voice=voice, now=timezone.now())


def target_of(name: str, team: Team) -> Voice | None:
    return Alias.objects.get(team=team, name=name).voice


def steps(voice: Voice) -> list[str]:
    return [f"{one.alias} {one.sentence} {one.voice_name}".strip() for one in alias_history(voice)]


@pytest.mark.parametrize("typed", ["brand-en", " Brand-EN ", "b2", "a" * 40, "1-1"])
def test_alias_name_is_stored_in_lower_case(typed: str) -> None:
    assert read_alias(typed) == typed.strip().lower()


@pytest.mark.parametrize(
    "typed",
    ["", "a", "a" * 41, "-a", "a-", "a b", "a_b", "a.b", "é-en", "brand/en", "a\x00b", "\ud800a", "ab\n-", "x" * 10_000,
     "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3f2504e04f8911d39a0c0305e82c3301"],
)  # fmt: skip
def test_alias_name_of_a_wrong_form_is_refused(typed: str) -> None:
    with pytest.raises(AliasError):
        read_alias(typed)


def test_alias_resolves_to_its_voice_and_is_searchable(cast: Cast, marlene: Voice) -> None:
    alias_of(cast.ed, marlene)
    row = Voice.objects.get(pk=marlene.pk)
    assert target_of("brand-en", cast.northwind) == marlene
    assert "brand-en" in row.search_text
    assert (row.version, row.changed_at > NOON) == (marlene.version + 1, True)
    assert steps(marlene) == ["brand-en created"]


def test_alias_name_is_unique_within_a_team(cast: Cast, marlene: Voice, sora: Voice) -> None:
    alias = alias_of(cast.ed, marlene)
    with pytest.raises(AliasTakenError, match="it points to Marlene") as told:
        alias_of(cast.ada, sora)
    assert told.value.other == alias
    assert alias_of(cast.sam, make_voice(cast.sam)).name == alias.name


def test_team_has_at_most_500_aliases(cast: Cast, marlene: Voice) -> None:
    team, many = cast.northwind, range(MAX_OF_TEAM)
    Alias.objects.bulk_create([Alias(team=team, name=f"a{one}", moved_at=NOON) for one in many])
    with pytest.raises(AliasError, match="500 aliases"):
        alias_of(cast.ed, marlene)


def test_alias_move_is_in_the_history_of_both_voices(cast: Cast, marlene: Voice, sora: Voice) -> None:
    alias = alias_of(cast.ed, marlene)
    assert move_alias(member=cast.ada, alias=alias, voice=sora, seen=marlene.pk, now=timezone.now())
    assert target_of("brand-en", cast.northwind) == sora
    assert steps(marlene) == ["brand-en moved to Sora", "brand-en created"]
    assert steps(sora) == ["brand-en moved here from Marlene"]
    assert [step.who for step in alias_history(marlene)] == ["Ada", "Ed"]
    facts = AuditEntry.objects.get(verb="alias.moved").facts
    assert (facts["from_id"], facts["to_id"]) == (str(marlene.pk), str(sora.pk))
    texts = [Voice.objects.get(pk=one.pk).search_text for one in (marlene, sora)]
    assert ["brand-en" in text for text in texts] == [False, True]


def test_alias_move_from_a_stale_page_changes_nothing(cast: Cast, marlene: Voice, sora: Voice) -> None:
    alias, third = alias_of(cast.ed, marlene), make_voice(cast.ed, name="Third")
    assert move_alias(member=cast.ada, alias=alias, voice=third, seen=marlene.pk, now=NOON)
    assert not move_alias(member=cast.ed, alias=alias, voice=sora, seen=marlene.pk, now=NOON)
    assert not move_alias(member=cast.ed, alias=alias, voice=sora, seen=None, now=NOON)
    assert target_of("brand-en", cast.northwind) == third
    assert steps(sora) == []


def test_an_alias_without_a_voice_can_be_moved_on(cast: Cast, marlene: Voice) -> None:
    alias = alias_of(cast.ed, marlene)
    Alias.objects.update(voice=None)
    assert target_of("brand-en", cast.northwind) is None
    assert move_alias(member=cast.ed, alias=alias, voice=marlene, seen=None, now=NOON)
    assert target_of("brand-en", cast.northwind) == marlene


@pytest.mark.parametrize(
    ("column", "words"), [("gone_at", "missing at Althea"), ("deleted_at", "was deleted")]
)
def test_deleted_or_gone_voice_cannot_get_an_alias(
    cast: Cast, marlene: Voice, sora: Voice, column: str, words: str
) -> None:
    alias = alias_of(cast.ed, marlene)
    Voice.objects.filter(pk=sora.pk).update(**{column: NOON})
    with pytest.raises(AliasError, match=words):
        move_alias(member=cast.ed, alias=alias, voice=sora, seen=marlene.pk, now=NOON)
    with pytest.raises(AliasError, match=words):
        alias_of(cast.ed, sora, "other")
    assert targets(cast.ed, "", now_at=marlene) == ([], False)


def test_alias_targets_list_the_same_language_first(cast: Cast, marlene: Voice) -> None:
    older = make_voice(cast.ed, name="Older")
    make_voice(cast.ed, name="Neu", primary_language="de-DE")
    found, more = targets(cast.ed, "", now_at=marlene)
    assert ([voice.name for voice in found], more) == ([older.name, "Neu"], False)
    assert [voice.name for voice in targets(cast.ed, "neu", now_at=marlene)[0]] == ["Neu"]
    assert len(targets(cast.ed, "", now_at=None)[0]) == 3
    for number in range(12):
        make_voice(cast.ed, name=f"Voice {number}", account=older.account)
    assert [len(targets(cast.ed, "", now_at=marlene)[0]), targets(cast.ed, "", now_at=marlene)[1]] == [
        12,
        True,
    ]


def test_alias_cannot_point_to_a_voice_of_another_team(cast: Cast, marlene: Voice) -> None:
    alias = alias_of(cast.ed, marlene)
    with pytest.raises(AliasError):
        move_alias(member=cast.ed, alias=alias, voice=make_voice(cast.sam), seen=marlene.pk, now=NOON)


def test_alias_rename_and_removal_are_audited(cast: Cast, marlene: Voice, sora: Voice) -> None:
    alias = alias_of(cast.ed, marlene)
    alias_of(cast.ed, sora, "taken")
    with pytest.raises(AliasTakenError, match="points to Sora"):
        rename_alias(member=cast.ed, alias=alias, name="taken", now=NOON)
    assert rename_alias(member=cast.ed, alias=alias, name="Brand-US", now=NOON)
    assert "brand-us" in Voice.objects.get(pk=marlene.pk).search_text
    assert remove_alias(member=cast.ed, alias=alias, now=NOON)
    assert not remove_alias(member=cast.ed, alias=alias, now=NOON)
    assert not rename_alias(member=cast.ed, alias=alias, name="free", now=NOON)
    assert steps(marlene) == ["brand-us removed", "brand-us renamed from brand-en", "brand-en created"]
    assert "brand" not in Voice.objects.get(pk=marlene.pk).search_text


def test_viewers_change_nothing(cast: Cast, marlene: Voice, sora: Voice) -> None:
    alias = alias_of(cast.ed, marlene)
    with pytest.raises(PermissionDenied):
        alias_of(cast.vera, marlene, "mine")
    with pytest.raises(PermissionDenied):
        move_alias(member=cast.vera, alias=alias, voice=sora, seen=marlene.pk, now=NOON)
    with pytest.raises(PermissionDenied):
        rename_alias(member=cast.vera, alias=alias, name="mine", now=NOON)
    with pytest.raises(PermissionDenied):
        remove_alias(member=cast.vera, alias=alias, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_four_concurrent_alias_changes_one_wins() -> None:
    cast = make_cast()
    voices = [make_voice(cast.ed, name=f"Voice {number}") for number in range(4)]

    def make(number: int) -> bool:
        try:
            return bool(alias_of(cast.ed, voices[number]))
        except AliasTakenError:
            return False

    assert sorted(at_once(make)) == [False, False, False, True]
    alias = Alias.objects.get()
    others = [voice for voice in voices if voice.pk != alias.voice_id]

    def move(number: int) -> bool:
        seen = alias.voice_id
        fresh = Alias.objects.get(pk=alias.pk)
        return move_alias(member=cast.ed, alias=fresh, voice=others[number], seen=seen, now=timezone.now())

    assert sorted(at_once(move, count=3)) == [False, False, True]
    assert AuditEntry.objects.filter(verb="alias.moved").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_aliases_can_swap_voices_at_once() -> None:
    cast = make_cast()
    voices = [make_voice(cast.ed, name=name) for name in ("A", "B")]
    aliases = [alias_of(cast.ed, voice, f"to-{voice.name.lower()}") for voice in voices]

    def swap(number: int) -> bool:
        seen, to = voices[number], voices[1 - number]
        return move_alias(member=cast.ed, alias=aliases[number], voice=to, seen=seen.pk, now=timezone.now())

    assert at_once(swap, count=2) == [True, True]
    assert [target_of(name, cast.northwind) for name in ("to-a", "to-b")] == voices[::-1]
    texts = [Voice.objects.get(pk=voice.pk).search_text.split("\n") for voice in voices]
    assert ["to-b" in texts[0], "to-a" in texts[1], "to-a" in texts[0]] == [True, True, False]


@pytest.mark.django_db(transaction=True)
def test_two_alias_renames_to_one_name_leave_two_aliases() -> None:
    cast = make_cast()
    aliases = [alias_of(cast.ed, make_voice(cast.ed), name) for name in ("aa", "bb")]

    def rename(number: int) -> bool:
        try:
            return rename_alias(member=cast.ed, alias=aliases[number], name="same", now=timezone.now())
        except AliasError:
            return False

    assert sorted(at_once(rename, count=2)) == [False, True]
