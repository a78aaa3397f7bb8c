"""The authentication backend: which account an email logs in to."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from voices.models import User


class LoginByEmail(AuthenticationBackend):
    """allauth's backend, restricted to the account's own email: allauth's list of addresses is ignored."""

    def _authenticate_by_email(self, email: str, password: str) -> AbstractBaseUser | None:
        found = User.objects.filter(email=email.strip().lower()).first()
        person: AbstractBaseUser | None = self._check_password(found, password)
        return person
