"""Ending a person's sessions."""

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import QuerySet

from voices import audit
from voices.models import User


def end_session(*, user: User, session_id: int) -> int:
    """End one of the person's sessions. Return 0 if they have none of that id."""
    return _end(user, UserSession.objects.filter(pk=session_id))


def end_other_sessions(*, user: User, session_key: str) -> int:
    """End the person's sessions except the one with that key. Return how many."""
    return _end(user, UserSession.objects.exclude(session_key=session_key))


def _end(user: User, chosen: QuerySet[UserSession]) -> int:
    """End those of the chosen sessions that are the person's own. Return how many."""
    with transaction.atomic():
        ended = list(chosen.filter(user=user))
        for session in ended:
            session.end()
        if ended:
            audit.record_personal(user, "person.sessions_ended", sessions=len(ended))
    return len(ended)
