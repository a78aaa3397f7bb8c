"""Hearing a voice: the answer is the audio or a redirect to where it lies, and its label may be wrong."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import httpx

from voices.althea.errors import GarbledAnswerError, GoneError, NotSentError, UnknownOutcomeError
from voices.althea.transport import Answer, HttpClients, check, exchange, grant_of, timeouts
from voices.althea.types import Preview
from voices.althea.url_policy import Resolve, allowed_addresses, origin
from voices.kit.secret import Secret

MAX_PREVIEW_BYTES = 12_000_000
MAX_HOPS = 3
MAX_ADDRESSES = 3
PREVIEW_SECONDS = 15.0

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Public stores that `previewUrl` was seen to name; off these and the base, Althea itself is asked.
STORES = frozenset({"storage.googleapis.com"})

_OUT_OF_REACH = (httpx.ConnectError, httpx.ConnectTimeout)
_NOTHING_THERE = (GarbledAnswerError, GoneError, NotSentError, *_OUT_OF_REACH)

# Second byte of an MPEG Layer III frame. Other layers are no MP3, and 0xFE would take UTF-16 text for audio.
_MP3_SECOND = frozenset({0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2})


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Fetches one account's previews; call it inside `translated`, which bounds the whole of it."""

    http: HttpClients
    base: httpx.URL
    key: Secret
    resolve: Resolve
    now: datetime

    async def fetch(self, *, preview_url: str, own_url: httpx.URL) -> Preview:
        """Return the preview at `preview_url` when it is on the base or a known store, else at `own_url`.

        Where `preview_url` has no audio (any more), `own_url` is asked once, and never again: a preview of an
        external voice may be made on the fly and billed.
        """
        start = self._usable(preview_url)
        if start is not None and start != own_url:
            with suppress(*_NOTHING_THERE):
                return await self._from(start)
        return await self._from(own_url)

    def _usable(self, preview_url: str) -> httpx.URL | None:
        try:
            url = httpx.URL(preview_url)
        except httpx.InvalidURL:
            return None
        is_store = url.host in STORES and url.scheme == "https"
        return url if (is_store or origin(url) == origin(self.base)) and not url.userinfo else None

    async def _from(self, url: httpx.URL) -> Preview:
        # Once a redirect has left the base's origin the key stays at home, also when a later hop comes back.
        with_key = True
        for _ in range(MAX_HOPS + 1):
            with_key = with_key and origin(url) == origin(self.base)
            answer = await (self._ask_base(url) if with_key else self._ask_elsewhere(url))
            if answer.status not in REDIRECTS:
                return self._heard(answer, with_key=with_key)
            url = _next(url, answer)
        raise GarbledAnswerError("Althea redirected a preview too often.")

    def _heard(self, answer: Answer, *, with_key: bool) -> Preview:
        if with_key:
            check(answer, now=self.now, hidden=(self.key,))
        if answer.is_success:
            return heard(answer)
        # A store's 403 says nothing about the key, its 404 nothing about the voice.
        message = f"The place where Althea keeps this preview answered with status {answer.status}."
        kind = UnknownOutcomeError if answer.status >= 500 or answer.status == 429 else GarbledAnswerError
        raise kind(message, status=answer.status)

    async def _ask_base(self, url: httpx.URL) -> Answer:
        request = self.http.keyed.build_request(
            "GET",
            url,
            extensions=dict(grant_of(base=self.base, key=self.key)),
            timeout=timeouts(PREVIEW_SECONDS),
        )
        return await exchange(self.http.keyed, request, most_bytes=MAX_PREVIEW_BYTES)

    async def _ask_elsewhere(self, url: httpx.URL) -> Answer:
        addresses = await allowed_addresses(url, base=self.base, resolve=self.resolve)
        *first, last = addresses[:MAX_ADDRESSES]
        for address in first:
            with suppress(*_OUT_OF_REACH):
                return await self._ask_address(url, address)
        return await self._ask_address(url, last)

    async def _ask_address(self, url: httpx.URL, address: str) -> Answer:
        # Connecting to the checked address leaves no second look-up for a rebinding name server to answer;
        # the certificate is still checked against the host's name.
        request = self.http.plain.build_request(
            "GET",
            url.copy_with(host=address),
            headers={"Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
            timeout=timeouts(PREVIEW_SECONDS),
        )
        return await exchange(self.http.plain, request, most_bytes=MAX_PREVIEW_BYTES)


def _next(url: httpx.URL, answer: Answer) -> httpx.URL:
    location = answer.headers.get("location", "")
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError) as exc:
        raise GarbledAnswerError("Althea redirected a preview to something that is no address.") from exc
    if not location or target.userinfo:
        raise GarbledAnswerError("Althea redirected a preview to an address that is not followed.")
    return target


def heard(answer: Answer) -> Preview:
    """Return the audio with the type its first bytes tell; GarbledAnswerError of neither WAV nor MP3."""
    head = answer.content[:12]
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return Preview(content=answer.content, content_type="audio/wav")
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] and head[1] in _MP3_SECOND):
        return Preview(content=answer.content, content_type="audio/mpeg")
    raise GarbledAnswerError("Althea answered with something that is no audio.", status=answer.status)
