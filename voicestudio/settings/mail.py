"""Mail, by one URL."""

from typing import Any

import dj_email_url
from django import VERSION
from django.core.exceptions import ImproperlyConfigured

from voicestudio.settings.environment import env

SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Schemes of ours beside those of dj-email-url, which reads these two as SMTP without encryption.
ENCRYPTED_SMTP = {"smtp+tls": {"EMAIL_USE_TLS": True}, "smtp+ssl": {"EMAIL_USE_SSL": True}}
MAILER_OPTIONS = {  # by backend: the option of Django 6.1 and the setting of 5.2 that it replaces
    SMTP: {
        "host": "EMAIL_HOST", "port": "EMAIL_PORT", "username": "EMAIL_HOST_USER", "timeout": "EMAIL_TIMEOUT",
        "password": "EMAIL_HOST_PASSWORD", "use_tls": "EMAIL_USE_TLS", "use_ssl": "EMAIL_USE_SSL",
    },
    "django.core.mail.backends.filebased.EmailBackend": {"file_path": "EMAIL_FILE_PATH"},
}  # fmt: skip


def mail_settings(url: str, *, version: tuple[Any, ...] = VERSION) -> dict[str, Any]:
    """Return Django's settings for an email URL: EMAIL_*, or from Django 6.1 on MAILERS, which replaces them."""
    parsed: dict[str, Any] = dj_email_url.parse(url)  # type: ignore[no-untyped-call]  # has no types
    if encryption := ENCRYPTED_SMTP.get(url.partition(":")[0]):
        parsed |= {"EMAIL_BACKEND": SMTP} | encryption
    if "EMAIL_BACKEND" not in parsed:
        raise ImproperlyConfigured("VOICESTUDIO_EMAIL_URL is neither console: nor an smtp+tls:// address.")
    if version < (6, 1):
        return parsed
    names = MAILER_OPTIONS.get(parsed["EMAIL_BACKEND"], {})
    options = {option: parsed[name] for option, name in names.items() if parsed[name]}
    return {"MAILERS": {"default": {"BACKEND": parsed["EMAIL_BACKEND"], "OPTIONS": options}}}


_mail_url = env.str("EMAIL_URL", "console:")
vars().update(mail_settings(_mail_url))
SENDS_MAIL: bool = not _mail_url.startswith("console:")
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", "voice-studio@localhost")
