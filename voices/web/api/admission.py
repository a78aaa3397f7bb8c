"""Which uploads of programs are let in, decided before the first byte is stored."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from voices.access import TokenRefusedError, Verb, find_token, member_of, require
from voices.kit.api_tokens import token_digest
from voices.kit.secret import Secret
from voices.web.api.problems import REFUSED_TOKENS
from voices.web.guard.refusals import NO_SUCH_TOKEN, Refusal


def admit(token: Secret) -> str | Refusal:
    """Return the hash of a token that may clone, or the refusal. Raises django.db.Error."""
    digest = token_digest(token)
    if not digest:
        return NO_SUCH_TOKEN
    try:
        require(member_of(find_token(digest, now=timezone.now())), Verb.CLONE)
    except TokenRefusedError as refused:
        return Refusal(401, "Token refused", "This token doesn't work.", code=REFUSED_TOKENS[refused.why])
    except PermissionDenied as denied:
        return Refusal(403, "Not allowed", str(denied), code="forbidden")
    return digest
