"""Sends one message to one endpoint and returns the outcome, without exceptions, redirects or retries.

The host is resolved here, and the connection goes to the checked address, so that no second resolution can lead into a
private network.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

from voices.kit.addresses import Resolve, addresses_of, is_loopback, is_public, resolve_host

TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 5.0
MAX_BYTES = 64_000  # of the answer
KEPT_LETTERS = 1_000
MAX_ADDRESSES = 3
MAX_URL = 500

NO_ADDRESS = "The host has no address."
NOT_PUBLIC = "The host's address isn't public."
NOT_HTTPS = "The address must begin with https:// and use the default port."
NOT_AN_ADDRESS = "This isn't a web address."
HAS_PASSWORD = "Remove the user name and password from the address: every message is signed instead."  # noqa: S105  # a sentence
TOO_SLOW = f"No response within {TOTAL_SECONDS:g} seconds."
REDIRECTED = "It redirected elsewhere. Redirects aren't followed: enter the final address."
_UNREACHABLE = (httpx.ConnectError, httpx.ConnectTimeout)


@dataclass(frozen=True)
class Answer:
    """The outcome of sending: the status, if there was a response, and the beginning of its body."""

    status: int | None = None
    text: str = ""
    problem: str = ""
    milliseconds: int = 0

    @property
    def is_success(self) -> bool:
        """Whether the endpoint has accepted the message."""
        return self.status is not None and 200 <= self.status < 300


class ForbiddenAddressError(Exception):
    """The address is not allowed. The message is a sentence for people."""


def checked_url(text: str, *, allows_loopback: bool) -> str:
    """Return the normalised URL of an endpoint. Raise ForbiddenAddressError, without resolving the host."""
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as problem:
        raise ForbiddenAddressError(NOT_AN_ADDRESS) from problem
    if url.scheme not in {"http", "https"} or not url.host or len(str(url)) > MAX_URL:
        raise ForbiddenAddressError(NOT_AN_ADDRESS)
    if url.userinfo:
        raise ForbiddenAddressError(HAS_PASSWORD)
    is_plain = url.scheme == "https" and url.port in {None, 443}
    if not is_plain and not (allows_loopback and is_loopback(url.host)):
        raise ForbiddenAddressError(NOT_HTTPS)
    return str(url.copy_with(fragment=None))


async def allowed_addresses(url: httpx.URL, *, resolve: Resolve, allows_loopback: bool) -> Sequence[str]:
    """Return the host's addresses. Raise ForbiddenAddressError if any of them is private."""
    try:
        addresses = await addresses_of(url.host, resolve)
    except LookupError as problem:
        raise ForbiddenAddressError(NO_ADDRESS) from problem
    if allows_loopback and all(map(is_loopback, addresses)):
        return addresses
    checked_url(str(url), allows_loopback=False)
    if not all(map(is_public, addresses)):
        raise ForbiddenAddressError(NOT_PUBLIC)
    return addresses


async def send(
    client: httpx.AsyncClient,
    *,
    url: str,
    headers: Mapping[str, str],
    body: str,
    allows_loopback: bool = False,
    resolve: Resolve = resolve_host,
    seconds: float = TOTAL_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Post the message once, within `seconds` in total."""
    start, target = clock(), httpx.URL(url)
    try:
        async with asyncio.timeout(seconds):
            addresses = await allowed_addresses(target, resolve=resolve, allows_loopback=allows_loopback)
            answer = await _send(client, target, addresses[:MAX_ADDRESSES], headers, body)
    except (TimeoutError, httpx.TimeoutException):
        answer = Answer(problem=TOO_SLOW)
    except ForbiddenAddressError as problem:
        answer = Answer(problem=str(problem))
    except _UNREACHABLE:
        answer = Answer(problem="The host can't be reached, or its certificate isn't valid.")
    except (httpx.HTTPError, OSError):
        answer = Answer(problem="The connection broke before there was a response.")
    return Answer(answer.status, answer.text, answer.problem, round((clock() - start) * 1000))


async def _send(
    client: httpx.AsyncClient, url: httpx.URL, addresses: Sequence[str], headers: Mapping[str, str], body: str
) -> Answer:
    *first, last = addresses
    for address in first:
        with suppress(*_UNREACHABLE):
            return await _send_to(client, url, address, headers, body)
    return await _send_to(client, url, last, headers, body)


async def _send_to(
    client: httpx.AsyncClient, url: httpx.URL, address: str, headers: Mapping[str, str], body: str
) -> Answer:
    request = client.build_request(
        "POST",
        url.copy_with(host=address),
        content=body.encode(),
        headers={"Host": url.netloc.decode("ascii"), "Content-Type": "application/json", **headers},
        extensions={"sni_hostname": url.raw_host.decode("ascii")},
        timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
    )
    response = await client.send(request, stream=True)
    try:
        text = await _beginning(response)
    finally:
        await response.aclose()
    return Answer(response.status_code, text, _problem(response))


async def _beginning(response: httpx.Response) -> str:
    """Return the beginning of the response body, reading at most `MAX_BYTES` before closing the connection."""
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) >= MAX_BYTES:
            break
    text = bytes(content[:MAX_BYTES]).decode("utf-8", "replace")
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else " " for letter in text[:KEPT_LETTERS]
    )


def _problem(response: httpx.Response) -> str:
    if response.is_success:
        return ""
    return REDIRECTED if response.is_redirect else f"It responded with status {response.status_code}."
