"""What the pages before the login need to know, so that they promise nothing untrue."""

from django import template
from django.conf import settings
from django.template import Context

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Whether mails leave this server; by default they are only printed in its log."""
    return bool(settings.SENDS_MAIL)


@register.simple_tag(takes_context=True)
def was_here(context: Context) -> bool:
    """Whether this browser has seen our pages before: the session's cookie ends with it, the CSRF one stays."""
    return settings.CSRF_COOKIE_NAME in context["request"].COOKIES
