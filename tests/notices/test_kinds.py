"""The kinds of notices: their words, their pages, and who gets them unasked."""

import json

import pytest
from django.urls import resolve

from voices.models import Choice, Role
from voices.notices.base import NoticeKind
from voices.notices.kinds import CREATED, KEY_REFUSED, KINDS, TEST, UNHEALTHY, kind_of

EXPECTED = [
    "voice.created", "clone.failed", "voice.gone", "voice.unhealthy", "voice.recovered", "consent.due",
    "consent.expired", "key.refused", "webhook.disabled",
]  # fmt: skip


def test_these_kinds_are_known_by_name() -> None:
    assert [kind.name for kind in KINDS] == EXPECTED
    assert [kind_of(name) for name in (*EXPECTED, TEST.name, "old.one")] == [*KINDS, TEST, None]


@pytest.mark.parametrize("kind", [*KINDS, TEST], ids=lambda kind: kind.name)
def test_a_sample_fills_in_its_words_and_page(kind: NoticeKind) -> None:
    facts = json.loads(json.dumps(kind.sample))
    assert kind.subject_of(facts)
    assert kind.sentence_of(facts).endswith(".")
    assert resolve(kind.page_of(facts).partition("?")[0]).view_name.startswith("voices:")


@pytest.mark.parametrize(
    ("kind", "role", "is_concerned", "choice"),
    [
        (CREATED, Role.EDITOR, True, Choice.DAILY),
        (CREATED, Role.ADMIN, False, Choice.OFF),
        (UNHEALTHY, Role.ADMIN, True, Choice.AT_ONCE),
        (UNHEALTHY, Role.ADMIN, False, Choice.DAILY),
        (UNHEALTHY, Role.VIEWER, False, Choice.OFF),
        (KEY_REFUSED, Role.EDITOR, True, Choice.AT_ONCE),
    ],
)
def test_the_usual_choice_is_that_of_role_and_concern(
    kind: NoticeKind, role: str, is_concerned: bool, choice: Choice
) -> None:
    assert kind.choice_for({}, role=role, is_concerned=is_concerned) == choice


def test_a_private_kind_is_for_who_is_concerned_and_admins() -> None:
    chosen = {"key.refused": Choice.AT_ONCE}
    told = [
        KEY_REFUSED.choice_for(chosen, role=role, is_concerned=False) for role in (Role.EDITOR, Role.ADMIN)
    ]
    assert told == [Choice.OFF, Choice.AT_ONCE]
