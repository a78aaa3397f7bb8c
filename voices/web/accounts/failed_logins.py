"""Failed logins in the activity trail.

What was typed is written down only if it is the email of an account: people type passwords into the wrong field.
"""

from django.core.cache import cache
from django.http import HttpRequest

from voices import audit
from voices.models import User

LOCKED_SECONDS = 300  # as long as the limit of failed logins counts back


def record_failure(request: HttpRequest, email: str) -> None:
    """Record that a login failed, or that somebody who is logged in could not confirm that it's them."""
    person = _person(request, email)
    if person is not None:
        audit.record_personal(person, "person.login_failed", by_person=False)
    else:
        audit.record(actor=None, team=None, verb="person.login_unknown", thing=None)


def record_lock(request: HttpRequest, email: str) -> None:
    """Record that logins are refused unseen after too many failures: once in five minutes, however many there are."""
    person = _person(request, email)
    if person is not None and cache.add(f"locked-login-{person.pk}", 1, LOCKED_SECONDS):
        audit.record_personal(person, "person.login_locked", by_person=False)


def _person(request: HttpRequest, email: str) -> User | None:
    if isinstance(request.user, User):
        return request.user
    return User.objects.filter(email=email.strip().lower()).first()
