"""Authentication by the token in the Authorization header only, never by sessions or cookies."""

from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from ninja.security import HttpBearer

from voices.access import find_token, member_of
from voices.actions.tokens.store import note_use
from voices.gateway import caller
from voices.kit.api_tokens import PATTERN, is_token, token_digest
from voices.kit.origin import current_origin
from voices.kit.secret import Secret
from voices.models import ApiToken, Membership, Team
from voices.web.api.problems import ApiError
from voices.web.http import StudioRequest


class ApiRequest(StudioRequest):
    """A request with a token, of the member that the token acts as. It satisfies what reads a StudioRequest."""

    token: ApiToken
    member: Membership
    teams: list[Team]


@sensitive_variables()
def read_bearer(request: HttpRequest) -> Secret:
    """Return the token of the request. Raises ApiError for one that is missing, misplaced or malformed."""
    if PATTERN.search(request.META.get("QUERY_STRING", "")):
        raise ApiError("token_in_address", "The address contains a token, so the request was refused.")
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        raise ApiError("token_missing", "")
    token = Secret(value.strip())
    if scheme.casefold() != "bearer" or not is_token(token):
        raise ApiError("token_malformed", "")
    return token


class BearerToken(HttpBearer):
    """Authentication by token, as the document describes it."""

    openapi_bearerFormat = "vs_…"  # ninja's name  # gitleaks:allow

    @sensitive_variables()
    def __call__(self, request: HttpRequest) -> ApiToken:
        """Set `token`, `member` and `user` on the request. Raises ApiError, TokenRefusedError."""
        now = timezone.now()
        token = find_token(token_digest(read_bearer(request)), now=now)
        member = member_of(token)
        note_use(token=token, address=current_origin().address, now=now)
        request.token, request.member, request.user = token, member, member.user  # type: ignore[attr-defined]  # ApiRequest
        caller.set(member.user.pk)
        return token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """Return the token of the request, as `__call__` does."""
        return self(request)
