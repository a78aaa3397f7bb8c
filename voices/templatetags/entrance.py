"""Template tags about the server, the browser and the login."""

import json
from typing import Any

from django import template
from django.conf import settings
from django.template import Context

from voices.web.accounts.reauthentication import is_recent

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Whether this server sends email. By default it is only printed in the log."""
    return bool(settings.SENDS_MAIL)


@register.simple_tag(takes_context=True)
def is_returning(context: Context) -> bool:
    """Whether this browser has visited before: the CSRF cookie outlives the session."""
    return settings.CSRF_COOKIE_NAME in context["request"].COOKIES


@register.simple_tag(takes_context=True)
def login_is_recent(context: Context) -> bool:
    """Whether the person has confirmed their identity recently, so that sensitive pages open without asking."""
    return is_recent(context["request"])


@register.simple_tag
def company_name() -> str:
    """Return the name of the company's login, or "" where it is off."""
    return str(settings.OIDC_NAME) if settings.OIDC_ISSUER else ""


@register.simple_tag
def takes_passwords() -> bool:
    """Whether people may log in by password or passkey, and not only at the company."""
    return bool(settings.PASSWORD_LOGIN)


@register.filter
def as_json(value: Any) -> str:
    """Return the value as JSON, for an attribute that a script reads."""
    return json.dumps(value)
