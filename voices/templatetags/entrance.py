"""Facts about the server and the browser for the pages before the login."""

from django import template
from django.conf import settings
from django.template import Context

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Whether this server sends email. By default it is only printed in the log."""
    return bool(settings.SENDS_MAIL)


@register.simple_tag(takes_context=True)
def is_returning(context: Context) -> bool:
    """Whether this browser was here before: the CSRF cookie outlives the session."""
    return settings.CSRF_COOKIE_NAME in context["request"].COOKIES
