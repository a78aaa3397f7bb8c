"""The one Django app."""

from django.apps import AppConfig
from django.core.checks import register

from voices.checks import CHECKS


class VoicesConfig(AppConfig):
    """Voices: everything of the product."""

    name = "voices"
    verbose_name = "Voice Studio"

    def ready(self) -> None:
        """Registers what is checked at every start."""
        for check in CHECKS:
            register(check)
