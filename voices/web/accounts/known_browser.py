"""Browsers in which a person has logged in before.

Wrong passwords lock an account for unknown browsers. A known one has a limit of its own, so that an attacker who
keeps guessing cannot lock its owner out (OWASP: device cookies). The cookie alone grants nothing.
"""

from secrets import token_urlsafe

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

SALT = "known browser"
SECONDS = 365 * 24 * 3600


def _name(email: str) -> str:
    """Return the name of a person's cookie, one for each who shares the browser, without revealing the email."""
    digest = salted_hmac(SALT, email.strip().lower(), algorithm="sha256").hexdigest()[:12]
    return f"{'__Host-' if settings.HTTPS else ''}known-{digest}"


def browser_of(request: HttpRequest, email: str) -> str:
    """Return the browser's id if that person has logged in or reset their password with it, else ""."""
    name = _name(email)
    cookie = request.get_signed_cookie(name, default="", salt=SALT, max_age=SECONDS)
    return str(cookie or request.session.get(name, ""))


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Mark the browser as known for the person."""
    response.set_signed_cookie(
        _name(email),
        browser_of(request, email) or token_urlsafe(12),
        salt=SALT,
        max_age=SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def remember_until_login(request: HttpRequest, email: str) -> None:
    """Mark a browser that opened a reset link, before its person has logged in."""
    request.session[_name(email)] = token_urlsafe(12)
