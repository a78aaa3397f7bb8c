"""The types of ASGI, as the layers in front of Django use them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

DISCONNECT: Message = {"type": "http.disconnect"}


def header_values(scope: Scope, name: bytes) -> list[bytes]:
    """Return the values of all headers of that lower-case name."""
    return [value for key, value in scope["headers"] if key.lower() == name]


def client_address(scope: Scope) -> str:
    """Return the address of the client, behind a trusted proxy that of the browser; "" if it is not known."""
    client = scope.get("client")
    return str(client[0]) if client else ""
