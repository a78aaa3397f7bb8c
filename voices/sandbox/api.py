"""Routes requests to API handlers, checking in DRF's order: path, key, method."""

import re
from collections.abc import Awaitable, Callable

from voices.sandbox.accounts import get_account, get_provider_keys, set_provider_keys
from voices.sandbox.agents import (
    create_agent,
    delete_agent,
    get_agent,
    get_call_usage,
    list_agents,
    patch_agent,
)
from voices.sandbox.context import SandboxContext
from voices.sandbox.messages import ApiError, Request, Response, error_response
from voices.sandbox.previews import get_preview, preview_definition
from voices.sandbox.voices import create_voice, delete_voice, get_voice, list_voices, patch_voice, put_voice

Handler = Callable[..., Awaitable[Response]]

ROUTES: list[tuple[re.Pattern[str], dict[str, Handler]]] = [
    (re.compile(r"/api/voices"), {"GET": list_voices, "POST": create_voice}),
    (
        re.compile(r"/api/voices/([^/]+)"),
        {"GET": get_voice, "PUT": put_voice, "PATCH": patch_voice, "DELETE": delete_voice},
    ),
    (re.compile(r"/api/voices/([^/]+)/preview"), {"GET": get_preview}),
    (re.compile(r"/api/voice_preview"), {"POST": preview_definition}),
    (re.compile(r"/api/accounts/me"), {"GET": get_account}),
    (re.compile(r"/api/accounts/me/usage/calls"), {"GET": get_call_usage}),
    (re.compile(r"/api/agents"), {"GET": list_agents, "POST": create_agent}),
    (
        re.compile(r"/api/agents/([^/]+)"),
        {"GET": get_agent, "PATCH": patch_agent, "DELETE": delete_agent},
    ),
    (re.compile(r"/api/accounts/me/tts_api_keys"), {"GET": get_provider_keys, "PATCH": set_provider_keys}),
]


class Api:
    """Handles API requests; errors become responses too."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    async def answer(self, request: Request) -> Response:
        """Return the response, also for errors."""
        try:
            return await self._dispatch(request)
        except ApiError as exc:
            await request.drain()
            await request.ready()
            return error_response(exc)

    async def _dispatch(self, request: Request) -> Response:
        found = _route(request.path)
        if found is None:
            raise ApiError(404, {"detail": "Not found."})
        handlers, arguments = found
        account = self._context.account_for(request)
        method = "GET" if request.method == "HEAD" else request.method
        if method not in handlers:
            allow = ", ".join([*handlers, "HEAD", "OPTIONS"] if "GET" in handlers else [*handlers, "OPTIONS"])
            raise ApiError(405, {"detail": f'Method "{request.method}" not allowed.'}, (("allow", allow),))
        return await handlers[method](self._context, account, request, *arguments)


def _route(path: str) -> tuple[dict[str, Handler], tuple[str, ...]] | None:
    for pattern, handlers in ROUTES:
        if (found := pattern.fullmatch(path)) is not None:
            return handlers, found.groups()
    return None
