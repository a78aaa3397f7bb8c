"""Asking a speaker: one link for each request, dead as soon as it is replaced or withdrawn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from tests.base import Cast
from tests.builders import make_request, make_sample
from tests.kit.fakes import NOON
from voices.actions import NotPossibleError
from voices.actions.consents.statements import write_statement
from voices.actions.speakers.link_tokens import token_hash
from voices.actions.speakers.requests import (
    MAX_OPEN,
    AskedBeforeError,
    NewLink,
    ask_again,
    ask_speaker,
    statement_in,
    withdraw_link,
)
from voices.models import AuditEntry, Membership, RequestState, SpeakerRequest

VALUES: dict[str, Any] = {
    "speaker": "Ana Ruiz", "email": "ana@example.com", "relation": "actor", "purpose": "The help line",
    "language": "es-ES", "is_spoken": True,
}  # fmt: skip


def ask(member: Membership, **changed: Any) -> NewLink:
    given = {"days": 7, "form_token": uuid4(), "now": NOON}
    return ask_speaker(member=member, **VALUES | given | changed)


def again(member: Membership, request: SpeakerRequest, **changed: Any) -> NewLink:
    given = {"remark": "Closer, please.", "days": 3, "form_token": uuid4(), "now": NOON}
    return ask_again(member=member, request=request, **given | changed)


def test_request_keeps_only_the_hash_of_its_link(cast: Cast) -> None:
    made = ask(cast.ed)
    row = SpeakerRequest.objects.values().get()
    assert row["token_hash"] == token_hash(made.token)
    assert made.token.reveal() not in str(row)
    assert (row["state"], row["expires_at"]) == ("open", NOON + timedelta(days=7))
    assert made.request.statement.language == "es"
    entry = AuditEntry.objects.get(verb="speaker.asked")
    assert (entry.actor, entry.thing_name, entry.facts["purpose"]) == (
        cast.ed.user,
        "Ana Ruiz",
        "The help line",
    )


def test_same_form_makes_one_request_and_shows_no_link_twice(cast: Cast) -> None:
    token = uuid4()
    first = ask(cast.ed, form_token=token)
    with pytest.raises(AskedBeforeError) as repeated:
        ask(cast.ed, form_token=token)
    assert repeated.value.request == first.request
    assert SpeakerRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "expected"), [("es-MX", "es"), ("de", "de"), ("ja-JP", "en"), ("xx", "en")]
)
def test_statement_is_in_the_speakers_language_or_english(cast: Cast, language: str, expected: str) -> None:
    assert statement_in(cast.northwind, language).language == expected


def test_link_keeps_the_statement_that_it_was_made_with(cast: Cast) -> None:
    asked = ask(cast.ed, language="en").request
    text = "I agree to whatever Northwind makes of my voice, for ever."
    write_statement(member=cast.ada, language="en", text=text, seen=1, now=NOON)
    asked.refresh_from_db()
    assert (asked.statement.version, ask(cast.ed, language="en").request.statement.version) == (1, 2)


def test_asking_again_makes_a_new_link_and_kills_the_old(cast: Cast) -> None:
    sample = make_sample(cast.ed)
    old = make_request(cast.ed, state="received", sample=sample, received_at=NOON)
    new = again(cast.ed, old)
    old.refresh_from_db()
    sample.refresh_from_db()
    assert (old.state, old.decided_at, old.decided_by) == ("replaced", NOON, cast.ed.user)
    assert new.request.token_hash != old.token_hash
    assert (new.request.speaker, new.request.remark, new.request.earlier) == (
        "Ana Ruiz",
        "Closer, please.",
        old,
    )
    assert (new.request.state, new.request.sample, new.request.signed_name) == ("open", None, "")
    assert sample.used_at == NOON  # from now on it is as old as any that nobody chose
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["speaker.asked_again"]


def test_request_is_replaced_only_once(cast: Cast) -> None:
    old = make_request(cast.ed)
    same = SpeakerRequest.objects.get()
    again(cast.ed, old)
    with pytest.raises(NotPossibleError, match="has been closed"):
        again(cast.ed, same)
    assert SpeakerRequest.objects.count() == 2


@pytest.mark.parametrize("state", ["received", "accepted", "declined", "withdrawn", "replaced"])
def test_only_an_open_link_can_be_withdrawn(cast: Cast, state: str) -> None:
    asked = make_request(cast.ed)
    withdraw_link(member=cast.ed, request=asked, now=NOON)
    assert AuditEntry.objects.get().verb == "speaker.withdrawn"
    with pytest.raises(NotPossibleError):
        withdraw_link(member=cast.ed, request=make_request(cast.ed, state=state), now=NOON)


@pytest.mark.parametrize("change", [withdraw_link, again])
def test_editors_act_on_their_own_requests_admins_on_all(cast: Cast, change: Callable[..., object]) -> None:
    asked = make_request(cast.ada)
    for member in (cast.ed, cast.vera):
        with pytest.raises(PermissionDenied):
            change(member=member, request=asked, now=NOON) if change is withdraw_link else again(
                member, asked
            )
    with pytest.raises(PermissionDenied):
        ask(cast.vera)
    asked = make_request(cast.ed)
    change(member=cast.ada, request=asked, now=NOON) if change is withdraw_link else again(cast.ada, asked)
    assert SpeakerRequest.objects.get(pk=asked.pk).state in {RequestState.WITHDRAWN, RequestState.REPLACED}


def test_team_has_a_limit_of_open_links(cast: Cast) -> None:
    first = make_request(cast.ed, expires_at=NOON + timedelta(days=1))
    row = SpeakerRequest.objects.values().get()
    new = ({"id": uuid4(), "form_token": uuid4(), "token_hash": str(place)} for place in range(1, MAX_OPEN))
    SpeakerRequest.objects.bulk_create(SpeakerRequest(**row | one) for one in new)
    with pytest.raises(NotPossibleError, match="200 open links"):
        ask(cast.ed)
    first = again(cast.ed, first, days=7).request
    withdraw_link(member=cast.ed, request=first, now=NOON)
    ask(cast.ed)
