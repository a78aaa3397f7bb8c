"""Changes to people's own accounts."""

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from voices import audit
from voices.actions.voice.search_text import refresh_search_of
from voices.models import User


class EmailTakenError(Exception):
    """The email belongs to another account. The message is for the person."""


def reset_second_factors(*, user: User) -> int:
    """Remove all second factors of a person who lost them, at the operator's request. Return how many."""
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if removed:
            audit.record_personal(user, "person.factors_reset", by_person=False, factors=removed)
    return removed


def disconnect_company_login(*, user: User) -> bool:
    """Disconnect the company's login. Return False if there is none, or if the person has no other way to log in."""
    with transaction.atomic():
        removed = 0
        if user.has_usable_password():
            removed, _ = SocialAccount.objects.filter(user=user).delete()
        if removed:
            audit.record_personal(user, "person.disconnected")
    return removed > 0


def change_email(*, user: User, email: str) -> str:
    """Make a confirmed email the person's login. Return the email before. Raise EmailTakenError."""
    try:
        with transaction.atomic():
            person = User.objects.select_for_update().get(pk=user.pk)
            before, person.email = person.email, email.strip().lower()
            person.save(update_fields=["email"])
            refresh_search_of(person)
            audit.record_personal(person, "person.email_changed", before=before, after=person.email)
    except IntegrityError as problem:
        raise EmailTakenError(f"{email} already belongs to another account.") from problem
    return before


def remove_unproved_logins(*, user: User) -> None:
    """Remove the password and passkeys of an account whose email the company's login has just verified.

    Its creator may not own the email: an admin can open an invitation's link. Removing the password also ends every
    session.
    """
    with transaction.atomic():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).delete()
        audit.record_personal(user, "person.logins_removed")
