"""Failed logins in the activity trail.

The typed text is recorded only if it is the email of an account: people type passwords into the wrong field.
"""

from django.core.cache import cache
from django.http import HttpRequest

from voices import audit
from voices.models import User

LOCKED_SECONDS = 300  # the period of the limit on failed logins


def record_failure(request: HttpRequest, email: str) -> None:
    """Record a failed login, or a failed confirmation by somebody who is logged in."""
    person = _person(request, email)
    if person is not None:
        audit.record_personal(person, "person.login_failed", by_person=False)
    else:
        audit.record(actor=None, team=None, verb="person.login_unknown", thing=None)


def record_lock(request: HttpRequest, email: str) -> None:
    """Record that logins are locked after too many failures, at most once in five minutes."""
    person = _person(request, email)
    if person is not None and cache.add(f"locked-login-{person.pk}", 1, LOCKED_SECONDS):
        audit.record_personal(person, "person.login_locked", by_person=False)


def _person(request: HttpRequest, email: str) -> User | None:
    if isinstance(request.user, User):
        return request.user
    return User.objects.filter(email=email.strip().lower()).first()
