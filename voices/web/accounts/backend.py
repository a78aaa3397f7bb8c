"""Who an email belongs to at the login."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from voices.models import User


class LoginByEmail(AuthenticationBackend):
    """allauth's backend, by the account's own email only: a row in allauth's list of addresses opens nothing."""

    def _authenticate_by_email(self, email: str, password: str) -> AbstractBaseUser | None:
        found = User.objects.filter(email=email.strip().lower()).first()
        person: AbstractBaseUser | None = self._check_password(found, password)
        return person
