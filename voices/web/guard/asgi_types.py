"""The types of ASGI, as the layers in front of Django use them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from voices.kit.secret import Secret

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_TOKEN = 200  # characters that are hashed
DISCONNECT: Message = {"type": "http.disconnect"}


def header_values(scope: Scope, name: bytes) -> list[bytes]:
    """Return the values of all headers of that lower-case name."""
    return [value for key, value in scope["headers"] if key.lower() == name]


def client_address(scope: Scope) -> str:
    """Return the address of the client, behind a trusted proxy that of the browser; "" if it is not known."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def bearer_of(scope: Scope) -> Secret:
    """Return the token of the Authorization header; an empty one without it."""
    values = header_values(scope, b"authorization")
    scheme, _, value = (values[0] if len(values) == 1 else b"").partition(b" ")
    is_bearer = scheme.lower() == b"bearer" and len(value) <= MAX_TOKEN
    return Secret(value.decode("latin-1").strip() if is_bearer else "")
