"""HTTP to programs on this machine: no proxy, and no TLS, as loading certificates costs 27 ms for every client."""

import ssl
from typing import Any

import httpx

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def client(**options: Any) -> httpx.Client:
    """A client with the options of `httpx.Client`."""
    return httpx.Client(trust_env=False, verify=_NO_TLS, **options)


def async_client(**options: Any) -> httpx.AsyncClient:
    """A client with the options of `httpx.AsyncClient`."""
    return httpx.AsyncClient(trust_env=False, verify=_NO_TLS, **options)


def get(url: str, **options: Any) -> httpx.Response:
    """One GET, with the options of `httpx.get`."""
    return httpx.get(url, trust_env=False, verify=_NO_TLS, **options)


def post(url: str, **options: Any) -> httpx.Response:
    """One POST, with the options of `httpx.post`."""
    return httpx.post(url, trust_env=False, verify=_NO_TLS, **options)


def delete(url: str, **options: Any) -> httpx.Response:
    """One DELETE, with the options of `httpx.delete`."""
    return httpx.delete(url, trust_env=False, verify=_NO_TLS, **options)
