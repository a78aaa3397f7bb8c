"""Downloads voice previews. The response is audio or a redirect to it, and its Content-Type may be wrong."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import httpx

from voices.althea.error_mapping import Subject
from voices.althea.errors import GarbledAnswerError, GoneError, NotSentError, UnknownOutcomeError
from voices.althea.transport import HttpClients, Response, check, exchange, key_extension, timeouts
from voices.althea.types import Preview
from voices.althea.url_policy import allowed_addresses, origin
from voices.kit.addresses import Resolve
from voices.kit.secret import Secret

MAX_PREVIEW_BYTES = 12_000_000
MAX_HOPS = 3
MAX_ADDRESSES = 3
PREVIEW_SECONDS = 15.0

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Public hosts seen in `previewUrl`; for any other host but the base, Althea's own preview URL is used.
PREVIEW_HOSTS = frozenset({"storage.googleapis.com"})

_UNREACHABLE = (httpx.ConnectError, httpx.ConnectTimeout)
_NO_PREVIEW = (GarbledAnswerError, GoneError, NotSentError, *_UNREACHABLE)

# Second byte of an MPEG Layer III frame. Other layers are not MP3, and 0xFE would match UTF-16 text.
_MP3_SECOND = frozenset({0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2})


@dataclass(frozen=True, kw_only=True)
class PreviewFetcher:
    """Fetches one account's previews. Use inside `translated`, which sets the total deadline."""

    http: HttpClients
    base: httpx.URL
    key: Secret
    resolve: Resolve
    now: datetime

    async def fetch(self, *, preview_url: str, own_url: httpx.URL) -> Preview:
        """Return the preview at `preview_url` if it is on the base or a known host, else the one at `own_url`.

        If `preview_url` has no audio (any more), `own_url` is requested once and never again: a preview of an
        external voice may be synthesised on the fly and billed.
        """
        start = self._usable(preview_url)
        if start is not None and start != own_url:
            with suppress(*_NO_PREVIEW):
                return await self._from(start)
        return await self._from(own_url)

    def _usable(self, preview_url: str) -> httpx.URL | None:
        try:
            url = httpx.URL(preview_url)
        except httpx.InvalidURL:
            return None
        is_known_host = url.host in PREVIEW_HOSTS and url.scheme == "https"
        return url if (is_known_host or origin(url) == origin(self.base)) and not url.userinfo else None

    async def _from(self, url: httpx.URL) -> Preview:
        # Once a redirect has left the base's origin the key is not sent again, even if a later hop comes back.
        with_key = True
        for _ in range(MAX_HOPS + 1):
            with_key = with_key and origin(url) == origin(self.base)
            response = await (self._get_from_base(url) if with_key else self._get_from_elsewhere(url))
            if response.status not in REDIRECTS:
                return self._preview(response, with_key=with_key)
            url = _next(url, response)
        raise GarbledAnswerError("Althea redirected a preview too many times.")

    def _preview(self, response: Response, *, with_key: bool) -> Preview:
        if with_key:
            check(response, now=self.now, subject=Subject.PREVIEW)
        if response.is_success:
            return preview_from(response)
        # Another host's 403 says nothing about the key, its 404 nothing about the voice.
        message = f"The host of this preview answered with status {response.status}."
        kind = UnknownOutcomeError if response.status >= 500 or response.status == 429 else GarbledAnswerError
        raise kind(message, status=response.status)

    async def _get_from_base(self, url: httpx.URL) -> Response:
        request = self.http.keyed.build_request(
            "GET",
            url,
            extensions=dict(key_extension(base=self.base, key=self.key)),
            timeout=timeouts(PREVIEW_SECONDS),
        )
        return await exchange(self.http.keyed, request, max_bytes=MAX_PREVIEW_BYTES, hidden=(self.key,))

    async def _get_from_elsewhere(self, url: httpx.URL) -> Response:
        addresses = await allowed_addresses(url, base=self.base, resolve=self.resolve)
        *first, last = addresses[:MAX_ADDRESSES]
        for address in first:
            with suppress(*_UNREACHABLE):
                return await self._get_from_address(url, address)
        return await self._get_from_address(url, last)

    async def _get_from_address(self, url: httpx.URL, address: str) -> Response:
        # Connecting to the checked address avoids a second DNS lookup, which could be rebound;
        # the certificate is still checked against the host's name.
        request = self.http.plain.build_request(
            "GET",
            url.copy_with(host=address),
            headers={"Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
            timeout=timeouts(PREVIEW_SECONDS),
        )
        return await exchange(self.http.plain, request, max_bytes=MAX_PREVIEW_BYTES)


def _next(url: httpx.URL, response: Response) -> httpx.URL:
    location = response.headers.get("location", "")
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError) as exc:
        raise GarbledAnswerError("Althea redirected a preview to an invalid address.") from exc
    if not location or target.userinfo:
        raise GarbledAnswerError("Althea redirected a preview to an address that can't be followed.")
    return target


def preview_from(response: Response) -> Preview:
    """Return the audio with its type by content. Raise GarbledAnswerError for neither WAV nor MP3."""
    head = response.content[:12]
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return Preview(content=response.content, content_type="audio/wav")
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] and head[1] in _MP3_SECOND):
        return Preview(content=response.content, content_type="audio/mpeg")
    raise GarbledAnswerError("Althea answered with something that is not audio.", status=response.status)
