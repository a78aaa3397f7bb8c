"""Requests to speakers: links for sending a recording, renewed links, and withdrawal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction

from voices import audit
from voices.access import Verb, require, require_decider
from voices.actions import NotPossibleError
from voices.actions.speakers.link_tokens import make_token, token_hash
from voices.kit import languages
from voices.kit.secret import Secret
from voices.models import (
    ConsentStatement,
    Membership,
    RequestState,
    Sample,
    SpeakerRequest,
    Team,
)

DAYS = (3, 7, 14, 30)
MAX_OPEN = 200  # of a team: links can be sent to any address
ALREADY_CLOSED = "This request has been closed, so nothing was changed."
COPIED = ("team", "speaker", "email", "relation", "purpose", "language", "is_spoken")


class AskedBeforeError(Exception):
    """The same form was submitted before and created `request`. Its link cannot be shown again."""

    def __init__(self, request: SpeakerRequest) -> None:
        super().__init__("This request was already made.")
        self.request = request


class RequestValues(TypedDict):
    """An editor's choices in the form."""

    speaker: str
    email: str
    relation: str
    purpose: str
    language: str
    is_spoken: bool


@dataclass(frozen=True, slots=True)
class NewLink:
    """A request with the token of its link, which is stored nowhere."""

    request: SpeakerRequest
    token: Secret


def statement_in(team: Team, language: str) -> ConsentStatement:
    """Return the team's current consent statement in a language, or in English if it has none in that."""
    current = ConsentStatement.objects.current(team)
    code, _ = languages.writing_of(language)
    return current.get(languages.normalise(language)) or current.get(code) or current["en"]


def ask_speaker(
    *, member: Membership, days: int, form_token: UUID, now: datetime, **values: Unpack[RequestValues]
) -> NewLink:
    """Create a request and its link, valid for `days`.

    Raises PermissionDenied, AskedBeforeError, NotPossibleError.
    """
    require(member, Verb.ASK_SPEAKER)
    request = SpeakerRequest(team=member.team, **values)
    return _issue(member, request, days=days, form_token=form_token, now=now, verb="speaker.asked")


def ask_again(
    *, member: Membership, request: SpeakerRequest, remark: str, days: int, form_token: UUID, now: datetime
) -> NewLink:
    """Replace the request by a new one with a remark for the speaker and a new link; the old link stops working.

    A recording sent by the old link is deleted later. Raises PermissionDenied, AskedBeforeError, NotPossibleError.
    """
    require_decider(member, request)
    copied = {name: getattr(request, name) for name in COPIED}
    newer = SpeakerRequest(**copied, remark=remark, earlier=request)
    return _issue(member, newer, days=days, form_token=form_token, now=now, verb="speaker.asked_again")


def withdraw_link(*, member: Membership, request: SpeakerRequest, now: datetime) -> None:
    """Withdraw the link before a recording has arrived. Raises PermissionDenied, NotPossibleError."""
    require_decider(member, request)
    close(member, request, RequestState.WITHDRAWN, now=now)


def close(
    member: Membership, request: SpeakerRequest, to: RequestState, *, now: datetime, **columns: Any
) -> None:
    """Move the request to a final state, with its audit entry. Raises NotPossibleError.

    From then on, a recording that is no longer wanted ages like an unused one.
    """
    with transaction.atomic():
        try:
            is_moved = request.move(to, decided_at=now, decided_by=member.user, **columns)
        except ValueError as problem:
            raise NotPossibleError(ALREADY_CLOSED) from problem
        if not is_moved:
            raise NotPossibleError(ALREADY_CLOSED)
        if request.sample is not None:
            Sample.objects.filter(pk=request.sample.pk).update(used_at=now)
        if to != RequestState.REPLACED:  # told with the request that replaces it
            audit.record_by(member, f"speaker.{to}", request)


def _issue(
    member: Membership, request: SpeakerRequest, *, days: int, form_token: UUID, now: datetime, verb: str
) -> NewLink:
    """Save a request with a new link, and close the one that it replaces."""
    if first := SpeakerRequest.objects.filter(form_token=form_token, team=member.team).first():
        raise AskedBeforeError(first)
    token = make_token()
    request.requester, request.requester_name = member.user, member.user.shown_name
    request.token_hash, request.form_token = token_hash(token), form_token
    request.created_at, request.expires_at = now, now + timedelta(days=days)
    try:
        with transaction.atomic():
            if request.earlier is not None:
                close(member, request.earlier, RequestState.REPLACED, now=now)
            _require_below_limit(member.team, now)
            statement = statement_in(member.team, request.language)
            request.statement = ConsentStatement.objects.stored(statement, now)
            request.save(force_insert=True)
            audit.record_by(member, verb, request, purpose=request.purpose, remark=request.remark)
    except IntegrityError as problem:  # the same form, at the same moment
        raise NotPossibleError("This request was made a moment ago. Find it in the list.") from problem
    return NewLink(request, token)


def _require_below_limit(team: Team, now: datetime) -> None:
    still_open = SpeakerRequest.objects.filter(team=team, state=RequestState.OPEN, expires_at__gt=now)
    if still_open.count() >= MAX_OPEN:
        raise NotPossibleError(
            f"Your team has {MAX_OPEN} open links, which is the limit. Withdraw the ones you no longer need."
        )
