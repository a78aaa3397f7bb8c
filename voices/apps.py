"""The one Django app."""

import gc
from collections.abc import Callable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations import Migration
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import import_string

from voices.checks import CHECKS, TAG

# The receivers of logins and of changes of second factors, by whichever of allauth's views.
FACTORS = "mfa.Authenticator"
RECEIVERS = (
    ("django.contrib.auth.signals.user_logged_in", None, "sessions.begin"),
    ("django.contrib.auth.signals.user_logged_out", None, "sessions.audit_logout"),
    ("django.db.models.signals.post_save", FACTORS, "second_factor.audit_added"),
    ("allauth.socialaccount.signals.social_account_added", None, "oidc_people.audit_connected"),
    ("allauth.mfa.signals.authentication_failed", None, "second_factor.audit_failed"),
    ("allauth.mfa.signals.authenticator_removed", None, "second_factor.audit_removed"),
)


class VoicesConfig(AppConfig):
    """Voices: everything of the product."""

    name = "voices"
    verbose_name = "Voice Studio"

    def ready(self) -> None:
        """Register the system checks, and the receivers of migrations and logins."""
        start_error_reports(settings.SENTRY_DSN)
        for check in CHECKS:
            register(check, TAG)
        pre_migrate.connect(wait_for_locks, sender=self)
        pre_migrate.connect(drop_search_index, sender=self)
        pre_migrate.connect(drop_audit_triggers, sender=self)
        post_migrate.connect(update_search_index, sender=self)
        post_migrate.connect(install_audit_triggers, sender=self)
        for signal, sender, receiver in RECEIVERS:
            import_string(signal).connect(import_string(f"voices.web.accounts.{receiver}"), sender=sender)
        # Models and modules live as long as the program. Looking through them in every full collection, and once more
        # at the end, took a fifth of the processor time of `manage.py check`.
        gc.freeze()
        gc.enable()


def start_error_reports(dsn: str, *, load: Callable[[str], Any] = import_string) -> None:
    """Report errors to Sentry if its address is set; else its package is not even imported."""
    if not dsn:
        return
    try:
        start = load("voices.management.sentry.start")
    except ImportError as problem:
        raise ImproperlyConfigured(
            "VOICESTUDIO_SENTRY_DSN is set, but its package is not installed. Install the extra "
            "sentry, or remove the setting."
        ) from problem
    start(dsn)


def wait_for_locks(*, using: str, **options: Any) -> None:
    """Remove the lock timeout for migrations, which pages have (`lock_timeout` in the settings)."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")


# The functions below are imported by name: this file is loaded before any model, which all of them need.
def drop_search_index(*, using: str, plan: Sequence[tuple[Migration, bool]] = (), **options: Any) -> None:
    """Drop the search index before our tables change: its triggers name columns that may go."""
    if _changes_our_tables(plan):
        import_string("voices.library.search.drop_index")(connections[using])


def update_search_index(*, using: str, **options: Any) -> None:
    """Update the installed search index after every migration, whichever command ran it."""
    import_string("voices.library.search.update_index")(connections[using])


def drop_audit_triggers(*, using: str, plan: Sequence[tuple[Migration, bool]] = (), **options: Any) -> None:
    """Drop the triggers that refuse changes of audit entries: a migration may have to fill a new column."""
    if _changes_our_tables(plan):
        import_string("voices.models.audit_triggers.drop")(connections[using])


def install_audit_triggers(*, using: str, **options: Any) -> None:
    """Install the triggers that refuse changes of audit entries, after every migration."""
    import_string("voices.models.audit_triggers.install")(connections[using])


def _changes_our_tables(plan: Sequence[tuple[Migration, bool]]) -> bool:
    return any(migration.app_label == VoicesConfig.name for migration, _ in plan)
