"""How allauth behaves here: people are added by admins, so nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    """Login, logout, passwords; no sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the first admin comes from the set-up link, others from an admin."""
        return False
