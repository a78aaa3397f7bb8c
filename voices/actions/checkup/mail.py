"""The mail server: it accepts our login."""

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import get_connection

from voices.actions.checkup.base import Check, Problem


def _problems() -> Iterator[Problem]:
    if not settings.SENDS_MAIL:
        return  # emails are printed, as the settings say
    try:
        with get_connection():
            pass
    except (OSError, smtplib.SMTPException) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else type(problem).__name__
        yield Problem(
            sentence=f"the mail server can't be used ({reason or type(problem).__name__})",
            remedy="Check the host, port, user and password in VOICESTUDIO_EMAIL_URL.",
            stops_pages=False,
        )


CHECK = Check(name="mail", problems=_problems, asks_others=True)
