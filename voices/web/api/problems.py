"""Errors as RFC 9457 problem details: each exception of the actions is mapped to the catalogue once, here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.errors import ValidationError as ParameterError

from voices.access import Refused, TokenRefusedError
from voices.actions import NotPossibleError
from voices.actions.approvals.requests import WaitsForApprovalError
from voices.actions.clone.samples import RefusedSampleError
from voices.actions.clone.submit import IdempotencyKeyReusedError, QuotaReachedError
from voices.actions.consents.stating import ConsentError
from voices.actions.files import MissingFileError
from voices.actions.organise.aliases import AliasError, AliasTakenError
from voices.actions.organise.tags import TagError
from voices.actions.voice.names import NameInUseError
from voices.gateway import BusyError
from voices.web.api.catalogue import (
    CATALOGUE,
    MEDIA_TYPE,
    FieldErrors,
    Problem,
    problem_json,
    problem_of_status,
)

IDEMPOTENCY_KEY = "Idempotency-Key"
RETRY_SECONDS = {503: "5", 429: "10"}


@dataclass
class ApiError(Exception):
    """An error of an endpoint itself, by its code in the catalogue."""

    code: str
    detail: str
    errors: FieldErrors = field(default_factory=tuple)


def invalid(errors: FieldErrors) -> ApiError:
    """Return the error for fields or parameters that are wrong, each with a sentence."""
    return ApiError("invalid", " ".join(dict.fromkeys(text for _, text in errors)), errors)


def answer(problem: Problem, detail: str = "", errors: FieldErrors = ()) -> HttpResponse:
    """Return the problem as a response."""
    response = HttpResponse(
        problem_json(problem, detail, errors), status=problem.status, content_type=MEDIA_TYPE
    )
    response.headers["Cache-Control"] = "no-store"
    if seconds := RETRY_SECONDS.get(problem.status):
        response.headers["Retry-After"] = seconds
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer" + (
            "" if problem.code == "token_missing" else ' error="invalid_token"'
        )
    return response


def as_problem(response: HttpResponse) -> HttpResponse:
    """Return the response; one with an error in another form as a problem, with its headers."""
    if response.status_code < 400 or response.headers.get("Content-Type") == MEDIA_TYPE:
        return response
    replaced = answer(problem_of_status(response.status_code))
    for name in ("Allow", "Content-Range", "Retry-After"):
        if name in response.headers:
            replaced.headers[name] = response.headers[name]
    return replaced


# --- exceptions --------------------------------------------------------------------------------------

REFUSED_TOKENS = {
    Refused.UNKNOWN: "token_unknown",
    Refused.REVOKED: "token_revoked",
    Refused.EXPIRED: "token_expired",
    Refused.NO_MEMBER: "token_without_member",
    Refused.NO_FACTOR: "second_factor_missing",
}


def _plain(code: str, field_name: str = "") -> Callable[[Exception], ApiError]:
    def mapped(problem: Exception) -> ApiError:
        errors = ((field_name, str(problem)),) if field_name else ()
        return ApiError(code, str(problem), errors)

    return mapped


def _forbidden(problem: Exception) -> ApiError:
    return ApiError("forbidden", str(problem))


def _not_found(problem: Exception) -> ApiError:
    # Django's own names the patterns that it tried.
    text = str(problem)
    return ApiError("not_found", "" if text.startswith("{") else text)


def _consent(problem: Exception) -> ApiError:
    assert isinstance(problem, ConsentError)  # noqa: S101  # by the table
    return invalid([(problem.field, str(problem))])


def _recording(problem: Exception) -> ApiError:
    return ApiError("recording_refused", str(problem), (("file", str(problem)),))


def _form(problem: Exception) -> ApiError:
    assert isinstance(problem, ValidationError)  # noqa: S101  # by the table
    return invalid([("", text) for text in problem.messages])


def _parameters(problem: Exception) -> ApiError:
    assert isinstance(problem, ParameterError)  # noqa: S101  # by the table
    return invalid(list(_parameter_errors(problem.errors)))


def _parameter_errors(errors: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in errors:
        names = [str(part) for part in one["loc"][1:] if not str(part).isdigit()]
        yield (names[-1] if names else ""), f"{one['msg'].removeprefix('Value error, ').rstrip('.')}."


def _token(problem: Exception) -> ApiError:
    assert isinstance(problem, TokenRefusedError)  # noqa: S101  # by the table
    return ApiError(REFUSED_TOKENS[problem.why], "")


def _http(problem: Exception) -> ApiError:
    assert isinstance(problem, HttpError)  # noqa: S101  # by the table
    return ApiError(problem_of_status(problem.status_code).code, "")


def _unreadable(problem: Exception) -> ApiError:
    return ApiError("unreadable", "")


# What each exception means. One that is not named here is an error of ours, or an outage (web/unavailable.py).
EXCEPTIONS: Mapping[type[Exception], Callable[[Any], ApiError]] = {
    ApiError: lambda problem: problem,
    PermissionDenied: _forbidden,
    Http404: _not_found,
    TokenRefusedError: _token,
    NameInUseError: _plain("name_in_use", "name"),
    ConsentError: _consent,
    WaitsForApprovalError: _plain("waits_for_approval"),
    QuotaReachedError: _plain("quota_reached"),
    IdempotencyKeyReusedError: _plain("idempotency_key_reused", IDEMPOTENCY_KEY),
    NotPossibleError: _plain("not_possible"),
    RefusedSampleError: _recording,
    TagError: _plain("invalid", "tags"),
    AliasTakenError: _plain("name_in_use", "name"),
    AliasError: _plain("invalid", "name"),
    ValidationError: _form,
    ParameterError: _parameters,
    BusyError: lambda problem: ApiError("althea_busy", ""),
    MissingFileError: lambda problem: ApiError("preview_lost", ""),
    RequestDataTooBig: lambda problem: ApiError("too_large", ""),
    SuspiciousOperation: _unreadable,
    MultiPartParserError: _unreadable,
    UnreadablePostError: _unreadable,
    HttpError: _http,
}


def respond(request: HttpRequest, problem: Exception, *, mapped: Callable[[Any], ApiError]) -> HttpResponse:
    """Return the response for an exception of the table."""
    error = mapped(problem)
    return answer(CATALOGUE[error.code], error.detail, error.errors)


def add_handlers(api: NinjaAPI) -> None:
    """Let the API answer by the table."""
    for kind, mapped in EXCEPTIONS.items():
        api.add_exception_handler(kind, partial(respond, mapped=mapped))
