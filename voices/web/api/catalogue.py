"""Every problem that the API can answer with: its code, its status, and what to do. A page of the docs shows them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PREFIX = "/api/v1/"
PROBLEMS_PATH = f"{PREFIX}problems/"
DOCS_PATH = f"{PREFIX}docs/"
MEDIA_TYPE = "application/problem+json"

FieldErrors = Sequence[tuple[str, str]]  # a field or "", and a sentence


@dataclass(frozen=True)
class Problem:
    """A kind of problem. The answer's `detail` says what happened this time."""

    code: str
    status: int
    title: str
    what_to_do: str

    @property
    def type(self) -> str:
        """The address of its explanation."""
        return f"{PROBLEMS_PATH}#{self.code}"


_PROBLEMS = (
    Problem("unreadable", 400, "The request can't be read", "Send UTF-8 text with a clear length, and try again."),
    Problem(
        "token_in_address", 400, "The token is in the wrong place",
        "Send it in the Authorization header only, and revoke this one: addresses end up in logs.",
    ),
    Problem("token_missing", 401, "No token was sent", "Send the header “Authorization: Bearer vs_…”."),
    Problem("token_malformed", 401, "The token is malformed", "Check that you copied all of it."),
    Problem("token_unknown", 401, "The token doesn't exist", "Create a new one on the API tokens page."),
    Problem("token_revoked", 401, "The token was revoked", "Create a new one on the API tokens page."),
    Problem("token_expired", 401, "The token has expired", "Create a new one on the API tokens page."),
    Problem(
        "token_without_member", 401, "The token's owner has left the team",
        "Use a token of a current team member.",
    ),
    Problem(
        "second_factor_missing", 401, "The team requires a second factor, and the token's owner has none",
        "Set one up on the Security page. The token then works again.",
    ),
    Problem(
        "forbidden", 403, "This isn't allowed",
        "Use a token with the scope that the message names, or ask a team admin for another role.",
    ),
    Problem("not_found", 404, "Not found", "Check the address and the id."),
    Problem("method_not_allowed", 405, "The method isn't allowed here", "Use a method that the Allow header names."),
    Problem("too_slow", 408, "The request came too slowly", "Send it again over a better connection."),
    Problem("name_in_use", 409, "The name is in use", "Choose another name."),
    Problem("changed_meanwhile", 409, "It has changed", "Read it again, then decide whether to repeat the change."),
    Problem(
        "waits_for_approval", 409, "A second person has to approve this",
        "Wait until another editor or admin approves it on the Approvals page. Don't send it again.",
    ),
    Problem(
        "quota_reached", 409, "This month's clones are used up",
        "Wait until next month, or ask a team admin to raise the limit.",
    ),
    Problem("not_possible", 409, "This can't be done now", "Do what the message says."),
    Problem("length_missing", 411, "The length is missing", "Send a Content-Length header."),
    Problem(
        "too_large", 413, "The request is too large",
        "Send less: a request with a recording has 50 MB at most, any other 16 kB.",
    ),
    Problem("media_type", 415, "The encoding isn't supported", "Send UTF-8."),
    Problem("range", 416, "The range is outside the file", "Request a range within the length given in Content-Range."),
    Problem("invalid", 422, "Something in the request is wrong", "Correct the fields that “errors” lists."),
    Problem(
        "idempotency_key_reused", 422, "The Idempotency-Key was sent before with other content",
        "Send the first request again unchanged to get its job, or choose a new key for another one.",
    ),
    Problem("recording_refused", 422, "The recording can't be used", "Send another one; 30 to 60 seconds work best."),
    Problem("rate_limited", 429, "Too many requests", "Wait as long as the Retry-After header says."),
    Problem("too_many_headers", 431, "The headers are too large", "Send fewer of them."),
    Problem("internal", 500, "Something went wrong", "The error has been logged. Check what was "
                                                     "done before you send it again."),
    Problem("busy", 503, "Voice Studio is busy", "Try again after as many seconds as the Retry-After header says."),
    Problem("althea_busy", 503, "Althea is slow right now", "Nothing was sent or changed. Try again shortly."),
    Problem("althea_unavailable", 503, "Althea couldn't be reached", "Try again in a moment."),
    Problem("preview_lost", 503, "The preview is being fetched again", "Try again in a moment."),
    Problem("disk_full", 507, "No disk space is left", "Ask whoever runs the server to free up space."),
)  # fmt: skip
CATALOGUE = {problem.code: problem for problem in _PROBLEMS}


def problem_of_status(status: int) -> Problem:
    """Return the problem for an answer of which only the status is known: the first of that status."""
    return next((one for one in _PROBLEMS if one.status == status), CATALOGUE["internal"])


def is_api(path: str) -> bool:
    """Whether what is answered at this address is for programs."""
    return path.startswith(PREFIX) and path not in {PROBLEMS_PATH, DOCS_PATH}


def problem_json(problem: Problem, detail: str = "", errors: FieldErrors = ()) -> bytes:
    """Return the problem as it is sent."""
    sent: dict[str, Any] = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": detail or f"{problem.title}.",
        "code": problem.code,
        "field": next((name for name, _ in errors if name), None),
        "what_to_do": problem.what_to_do,
        "errors": [{"field": name or None, "detail": text} for name, text in errors],
    }
    return json.dumps(sent, ensure_ascii=False).encode("utf-8", "replace")
