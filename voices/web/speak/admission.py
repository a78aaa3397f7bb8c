"""Admission of speakers' uploads, decided before the first byte is stored."""

from allauth.core.ratelimit import consume
from django.http import HttpRequest

from voices.access import get_link_request
from voices.actions.speakers.link_tokens import token_hash
from voices.actions.speakers.receiving import is_open
from voices.kit.secret import Secret
from voices.web.guard.refusals import NO_SUCH_LINK, Refusal

LINK_CLOSED = Refusal(
    410,
    "This link is closed",
    "It was already used, has expired or was withdrawn. Nothing was saved.",
)
TOO_OFTEN = Refusal(
    429,
    "Too many attempts",
    "Too many recordings were sent with this link or from your network. Nothing was saved. Try again in an hour.",
    ((b"retry-after", b"3600"),),
)


def admit(token: Secret, address: str) -> str | Refusal:
    """Return the hash of an open link's token, counting the attempt by link and by network; or return the refusal.

    Raises django.db.Error, CacheUnavailableError.
    """
    found = token_hash(token)
    request = get_link_request(found) if found else None
    if request is None:
        return NO_SUCH_LINK
    if not is_open(request):
        return LINK_CLOSED
    sender = HttpRequest()
    sender.META["REMOTE_ADDR"] = address or "::"
    return found if consume(sender, action="link_upload", key=found) else TOO_OFTEN
