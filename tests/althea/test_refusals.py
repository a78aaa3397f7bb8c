"""A table of refusals of all kinds: what each means for the key, written by hand; only the account may condemn it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.althea.cast import KEY, NOW, VOICE_ID, client, sample
from voices.althea import AltheaClient, AltheaError, Problem
from voices.althea.error_mapping import error_for
from voices.kit.secret import Secret

KEY_REFUSED, FORBIDDEN, BLOCKED = Problem.KEY_REFUSED, Problem.FORBIDDEN, Problem.BLOCKED
PLAN, LIMIT, BUSY = Problem.NO_ALLOWANCE, Problem.LIMIT_REACHED, Problem.THROTTLED
JSON, HTML, TEXT = "application/json", "text/html; charset=utf-8", "text/plain"

# Status, content type, body, and the problem if the account itself answered so.
TABLE: list[tuple[int, str, Any, Problem]] = [
    # The key is wrong.
    (403, JSON, {"detail": "Invalid API key"}, KEY_REFUSED),
    (401, JSON, {"detail": "Invalid API key"}, KEY_REFUSED),
    (403, JSON, {"detail": "Authentication credentials were not provided."}, KEY_REFUSED),
    (401, JSON, {"detail": "Incorrect authentication credentials."}, KEY_REFUSED),
    (401, JSON, {"detail": "Invalid token."}, KEY_REFUSED),
    (401, JSON, {"detail": "Token has expired."}, KEY_REFUSED),
    (401, JSON, {"detail": "User inactive or deleted."}, KEY_REFUSED),
    (401, JSON, {"error": "Unauthorized"}, KEY_REFUSED),
    (401, JSON, {"message": "No API key provided"}, KEY_REFUSED),
    (401, JSON, {"message": "Missing or invalid API key"}, KEY_REFUSED),
    (403, JSON, {"error": {"code": "invalid_api_key", "message": "The API key is not valid."}}, KEY_REFUSED),
    (403, JSON, {"detail": "API key not found."}, KEY_REFUSED),
    (403, JSON, {"detail": "Your API key has been revoked."}, KEY_REFUSED),
    (403, JSON, {"detail": "This API key is disabled."}, KEY_REFUSED),
    (403, JSON, {"detail": "API key required"}, KEY_REFUSED),
    (403, JSON, {"detail": "X-API-Key is missing"}, KEY_REFUSED),
    (403, JSON, {"detail": "Expired API key"}, KEY_REFUSED),
    (403, JSON, {"detail": "Access denied due to invalid subscription key."}, KEY_REFUSED),
    (403, JSON, ["Invalid API key"], KEY_REFUSED),
    (403, JSON, "Invalid API key", KEY_REFUSED),
    (403, HTML, {"detail": "Invalid API key"}, KEY_REFUSED),
    (403, JSON, {"detail": f"Invalid API key {KEY}"}, KEY_REFUSED),
    (403, JSON, {"detail": "No."}, KEY_REFUSED),
    (403, TEXT, b"Invalid API key", KEY_REFUSED),
    (401, TEXT, b"The API key is not valid.\n", KEY_REFUSED),
    # The key may not do this.
    (403, JSON, {"detail": "You do not have permission to perform this action."}, FORBIDDEN),
    (401, JSON, {"detail": "You do not have permission to perform this action."}, FORBIDDEN),
    (403, JSON, {"detail": "This API key does not have permission to create voices."}, FORBIDDEN),
    (403, JSON, {"message": "Forbidden"}, FORBIDDEN),
    (403, JSON, {"detail": "Not authorized to modify this voice."}, FORBIDDEN),
    (403, JSON, {"detail": "API key lacks the scope voices:write"}, FORBIDDEN),
    (403, JSON, {"detail": "API key not valid for this endpoint"}, FORBIDDEN),
    (403, JSON, {"detail": "This key is read-only."}, FORBIDDEN),
    (403, JSON, {"detail": "You cannot delete a public voice."}, FORBIDDEN),
    (403, JSON, {"detail": "You are not the owner of this voice."}, FORBIDDEN),
    (403, JSON, {"detail": "Insufficient privileges"}, FORBIDDEN),
    (403, JSON, {"error": "access denied"}, FORBIDDEN),
    (403, JSON, {"detail": "Your role does not include voices."}, FORBIDDEN),
    (403, JSON, {"detail": "CSRF Failed: CSRF token missing."}, FORBIDDEN),
    (403, JSON, {"detail": "Your account has been suspended."}, FORBIDDEN),
    (403, JSON, {"detail": "Voice cloning is not available in your country."}, FORBIDDEN),
    (403, JSON, {"errors": [{"detail": "Operation not permitted"}]}, FORBIDDEN),
    # The plan does not cover it.
    (403, JSON, {"detail": "This feature is not available on your plan."}, PLAN),
    (401, JSON, {"detail": "This feature is not available on your plan."}, PLAN),
    (403, JSON, {"detail": "Upgrade your subscription to clone voices."}, PLAN),
    (403, JSON, {"detail": "Your trial has ended."}, PLAN),
    (403, JSON, {"detail": "Voice cloning requires a paid plan."}, PLAN),
    (403, JSON, {"detail": "Insufficient credits."}, PLAN),
    (403, JSON, {"detail": "Your payment is past due."}, PLAN),
    (403, JSON, {"message": "Only available on the Pro tier"}, PLAN),
    (402, JSON, {"detail": "Your account needs an active subscription."}, PLAN),
    (402, HTML, b"<html>Payment required</html>", PLAN),
    (400, JSON, {"detail": "Voice cloning is not included in your plan."}, PLAN),
    # The account holds as many voices as it may.
    (403, JSON, {"detail": "Voice limit reached for this account."}, LIMIT),
    (403, JSON, {"detail": "Only 1 cloned voice is supported per account"}, LIMIT),
    (402, JSON, {"detail": "You have reached the maximum number of voices on your plan."}, LIMIT),
    # Something else than Althea answers.
    (403, HTML, b"<html><head><title>403 Forbidden</title></head><body>nginx</body></html>", BLOCKED),
    (401, HTML, b"<!doctype html><h1>Invalid API key</h1><p>Sign in to the proxy.</p>", BLOCKED),
    (403, HTML, b"<html><title>Attention Required! | Cloudflare</title></html>", BLOCKED),
    (403, JSON, b"<html>Request blocked</html>", BLOCKED),
    (403, TEXT, b"error code: 1010", BLOCKED),
    (403, TEXT, b"error code: 1020", BLOCKED),
    (403, TEXT, b"Forbidden", BLOCKED),
    (403, TEXT, b"Access to this site is restricted by your organisation.", BLOCKED),
    (401, TEXT, b"Proxy authentication needed", BLOCKED),
    (403, TEXT, b"", BLOCKED),
    (401, JSON, b"", BLOCKED),
    (403, JSON, b"{}", BLOCKED),
    (403, JSON, b"null", BLOCKED),
    (403, JSON, b'{"detail": "Invalid API k', BLOCKED),
    (403, TEXT, b"\xff\xfe\x00binary", BLOCKED),
    (403, TEXT, b"Invalid API key " + b"x" * 400, BLOCKED),
    (403, JSON, {"message": "Request blocked by the firewall"}, BLOCKED),
    (403, JSON, {"error": "Sorry, you have been blocked"}, BLOCKED),
    (403, JSON, {"message": "Your IP address is not whitelisted"}, BLOCKED),
    # Too many requests.
    (403, JSON, {"detail": "Rate limit exceeded"}, BUSY),
    (429, HTML, b"<h1>Too many requests</h1>", BUSY),
]  # fmt: skip
IDS = [f"{number}-{status}-{problem}" for number, (status, _, _, problem) in enumerate(TABLE)]
ACCOUNT = {"accountId": "acc-1", "name": "Northwind"}
CALLS: dict[str, Callable[[AltheaClient], Awaitable[Any]]] = {
    "clone": lambda althea: althea.clone_voice(sample=sample(), name="Anna"),
    "sync": lambda althea: althea.list_voices(ownership="private"),
    "rename": lambda althea: althea.update_voice(VOICE_ID, name="Anna"),
    "delete": lambda althea: althea.delete_voice(VOICE_ID),
    "preview": lambda althea: althea.get_preview(VOICE_ID),
    "usage": lambda althea: althea.get_call_usage(VOICE_ID, first=NOW.date(), last=NOW.date()),
    "agents": lambda althea: althea.all_agents(),
}


def written(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


async def error_of(
    call: Callable[[AltheaClient], Awaitable[Any]], *, account: Any, **refusal: Any
) -> AltheaError:
    """Return the error of a call that is refused so, where the account answers as it is told to."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/accounts/me":
            return httpx.Response(**account) if isinstance(account, dict) else account
        return httpx.Response(**refusal)

    async with client(handler) as althea:
        return await failed(call(althea))


async def failed(call: Awaitable[Any]) -> AltheaError:
    """Return the error of a call that must fail."""
    with pytest.raises(AltheaError) as caught:
        await call
    return caught.value


@pytest.mark.parametrize(("status", "content_type", "body", "problem"), TABLE, ids=IDS)
def test_error_for_reads_what_a_refusal_is_about(
    status: int, content_type: str, body: Any, problem: Problem
) -> None:
    error = error_for(
        status=status, headers={"content-type": content_type}, body=written(body), now=NOW, hidden=(Secret(KEY),)
    )  # fmt: skip
    assert error.problem == problem, error.message
    assert "voice" not in error.message.partition(" said: ")[0] or problem == LIMIT
    assert KEY not in error.message


@pytest.mark.parametrize("operation", CALLS)
async def test_no_refusal_condemns_a_key_whose_account_answers(operation: str) -> None:
    refusals = iter(TABLE)
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/api/accounts/me":
            return httpx.Response(200, json=ACCOUNT)
        status, content_type, body, _ = next(refusals)
        return httpx.Response(status, content=written(body), headers={"content-type": content_type})

    async with client(handler) as althea:
        errors = [await failed(CALLS[operation](althea)) for _ in TABLE]
    for error, (status, _, body, problem) in zip(errors, TABLE, strict=True):
        # What sounds like a wrong key is refused to a key that works.
        assert error.problem == (FORBIDDEN if problem == KEY_REFUSED else problem), (body, error.message)
        is_asked = status in (401, 403) and problem != BUSY
        assert error.key_account == ("acc-1" if is_asked else "")
    assert asked.count("/api/accounts/me") == sum(bool(error.key_account) for error in errors)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    "body", [{"detail": "Invalid API key"}, {"detail": "You do not have permission."}, b"<p>"]
)
async def test_account_that_refuses_the_key_condemns_it(operation: str, body: Any) -> None:
    refused = {"status_code": 403, "json": {"detail": "Invalid API key"}}
    error = await error_of(CALLS[operation], account=refused, status_code=403, content=written(body))
    assert (error.problem, error.message) == (
        KEY_REFUSED, "Althea refused this key. Althea said: Invalid API key",
    )  # fmt: skip


@pytest.mark.parametrize(
    "account",
    [
        {"status_code": 403, "html": "<h1>Forbidden</h1>"},
        {"status_code": 403, "json": {"detail": "You do not have permission to perform this action."}},
        {"status_code": 500},
        {"status_code": 200, "html": "<h1>Log in to the network</h1>"},
    ],
    ids=["proxy", "permission", "500", "portal"],
)
async def test_account_that_says_nothing_condemns_no_key(account: dict[str, Any]) -> None:
    refusal = {"status_code": 403, "json": {"detail": "Invalid API key"}}
    error = await error_of(CALLS["sync"], account=account, **refusal)
    assert (error.problem, error.key_account) == (FORBIDDEN, "")
    assert error.message.startswith("Althea refused this, and the key couldn't be checked: ")
    assert error.message.endswith("Althea said: Invalid API key")


@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        ("sync", "Althea can't find its list of voices."),
        ("rename", "Althea can't find this voice."),
        ("preview", "Althea can't find a preview of this voice."),
        ("usage", "Althea can't find the calls of this voice."),
        ("agents", "Althea can't find its list of agents."),
    ],
)
async def test_not_found_names_what_was_asked_for(operation: str, sentence: str) -> None:
    error = await error_of(CALLS[operation], account={}, status_code=404, content=b"")
    assert (error.problem, error.message) == (Problem.GONE, sentence)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Only 1 cloned voice is supported per account", LIMIT),
        ("Only one cloned voice is allowed per account.", LIMIT),
        ("You can have at most 3 voices.", LIMIT),
        ("No more voices can be created.", LIMIT),
        ("You cannot create more voices.", LIMIT),
        ("Your account is full.", LIMIT),
        ("All voice slots are in use.", LIMIT),
        ("Your plan includes up to 5 voices.", LIMIT),
        ("Custom voice quota exceeded.", LIMIT),
        ("Voice cloning is not included in your plan.", PLAN),
        ("Upgrade your plan to clone voices.", PLAN),
        ("An active subscription is required.", PLAN),
        ("Your balance is insufficient.", PLAN),
        ("Only .wav files are supported for voices.", Problem.INVALID),
        ("Provide the full voice name.", Problem.INVALID),
        ("A voice has only one definition.", Problem.INVALID),
        ("Rate limit of this account exceeded", Problem.INVALID),
        ("The moon is in the wrong phase.", Problem.INVALID),
    ],
)  # fmt: skip
def test_limit_and_plan_are_known_by_many_wordings(text: str, problem: Problem) -> None:
    error = error_for(status=400, headers={}, body=json.dumps({"detail": text}).encode(), now=NOW)
    assert error.problem == problem
    assert error.message.endswith(f"Althea said: {text}")
