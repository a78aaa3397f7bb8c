"""Emails sent by pages: a failure is logged, and the page reports it or continues without it."""

import logging
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)


def send_mail(request: HttpRequest, template: str, to: str, facts: dict[str, Any]) -> bool:
    """Send an email from a template. Return False if that fails, or if this installation sends no mail."""
    if not settings.SENDS_MAIL:
        return False
    return was_sent(template, lambda: get_adapter(request).send_mail(template, to, facts))


def was_sent(template: str, send: Callable[[], object]) -> bool:
    """Call `send` for the email of that template. Log a failure and return False."""
    try:
        send()
    except OSError:  # SMTPException is one
        logger.exception("The email %s could not be sent.", template)
        return False
    return True
