"""The one Django app."""

from django.apps import AppConfig


class VoicesConfig(AppConfig):
    """Voices: everything of the product."""

    name = "voices"
    verbose_name = "Voice Studio"
