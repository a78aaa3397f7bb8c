"""The Althea voices API as one async client: every operation used, frozen values back, one error tree.

Nothing here retries. A clone has no idempotency key, so its caller looks the name up before doing it again.
"""

import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime
from typing import Any, Unpack, cast

import httpx

from voices.althea.agents import Agent, AgentPage, CallUsage
from voices.althea.errors import GarbledAnswerError, GoneError, NotSentError
from voices.althea.payloads import (
    ProviderKeyChanges,
    VoiceChanges,
    VoiceFilters,
    camel,
    json_content,
    voice_body,
)
from voices.althea.previews import MAX_PREVIEW_BYTES, PREVIEW_SECONDS, Fetcher, heard
from voices.althea.transport import (
    MAX_JSON_BYTES,
    Answer,
    HttpClients,
    check,
    exchange,
    grant_of,
    timeouts,
    translated,
)
from voices.althea.types import Account, Preview, ProviderKeys, SampleFile, Voice, VoicePage, is_voice_id
from voices.althea.url_policy import Resolve, normalise_base, resolve_host
from voices.kit.secret import Secret

MAX_PAGES = 50

_VOICES = "/api/voices"
_ACCOUNT = "/api/accounts/me"
_AGENTS = "/api/agents"
_CALL_USAGE = "/api/accounts/me/usage/calls"
_PROVIDER_KEYS = "/api/accounts/me/tts_api_keys"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AltheaClient:
    """Speaks to one Althea with one key; cheap to make, holds no connection of its own.

    Every method raises an `AltheaError` and nothing else, and ends within its total deadline.
    """

    def __init__(
        self,
        *,
        http: HttpClients,
        base_url: str,
        key: Secret,
        deadline_seconds: float = 30.0,
        clone_deadline_seconds: float = 150.0,
        resolve: Resolve = resolve_host,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._http = http
        self._base = httpx.URL(normalise_base(base_url))
        self._key = key
        self._deadline_seconds = deadline_seconds
        self._clone_deadline_seconds = clone_deadline_seconds
        self._resolve = resolve
        self._now = now

    async def list_voices(
        self,
        *,
        ownership: str | None = None,
        search: str | None = None,
        provider: Sequence[str] = (),
        primary_language: str | None = None,
        billing_style: str | None = None,
        page_size: int = 100,
        cursor: str | None = None,
    ) -> VoicePage:
        """Return one page of the voices that pass every filter, public and private ones unless told."""
        wanted = {
            "ownership": ownership,
            "search": search,
            "provider": tuple(provider),
            "primaryLanguage": primary_language,
            "billingStyle": billing_style,
            "pageSize": page_size,
            "cursor": cursor,
        }
        params = {name: value for name, value in wanted.items() if value}
        return VoicePage.from_json((await self._call("GET", _VOICES, params=params)).json())

    async def iter_voices(
        self, *, max_pages: int = MAX_PAGES, **filters: Unpack[VoiceFilters]
    ) -> AsyncIterator[Voice]:
        """Yield the voices of page after page until the end, a cursor seen before, or `max_pages`."""
        async with aclosing(self._pages(max_pages=max_pages, **filters)) as pages:
            async for page in pages:
                for voice in page.voices:
                    yield voice

    async def find_by_name(self, name: str) -> Voice | None:
        """Return the account's own voice of exactly this name; None only when the whole list proves absence.

        GarbledAnswerError when the list has no end or entries that cannot be read: a false "absent" would
        make its caller send a clone twice.
        """
        proves_absence = False
        async with aclosing(self._pages(max_pages=MAX_PAGES, ownership="private", search=name)) as pages:
            async for page in pages:
                found = next((voice for voice in page.voices if _is_own(voice, name)), None)
                if found:
                    return found
                proves_absence = page.next_cursor is None and not page.skipped
                if page.skipped:
                    break
        if not proves_absence:
            raise GarbledAnswerError("Althea's list of voices cannot be read to its end.")
        return None

    async def _pages(
        self, *, max_pages: int, **filters: Unpack[VoiceFilters]
    ) -> AsyncGenerator[VoicePage, None]:
        cursor: str | None = None
        seen: set[str | None] = {None}
        for _ in range(max_pages):
            page = await self.list_voices(**filters, cursor=cursor)
            yield page
            cursor = page.next_cursor
            if cursor in seen:
                return
            seen.add(cursor)

    async def get_voice(self, voice_id: str) -> Voice:
        """Return the voice; GoneError when there is none (any more)."""
        return Voice.from_json((await self._call("GET", _voice_path(voice_id))).json())

    async def clone_voice(
        self, *, sample: SampleFile, name: str, description: str = "", language: str = "en"
    ) -> Voice:
        """Send the recording once and return the voice made of it; read from the file in pieces, never whole.

        UnknownOutcomeError means that the voice may exist: look the name up before sending it again.
        """
        _check_size(sample)
        # Empty parts are left out: the server writes a description itself when there is none.
        texts = {"name": name, "description": description, "language": language}
        answer = await self._call(
            "POST",
            _VOICES,
            seconds=self._clone_deadline_seconds,
            data={field: text for field, text in texts.items() if text},
            files={"file": (sample.filename, sample.file, sample.content_type)},
        )
        return Voice.from_json(answer.json())

    async def create_voice(
        self,
        *,
        name: str,
        definition: Mapping[str, Any],
        description: str | None = None,
        primary_language: str | None = None,
    ) -> Voice:
        """Register a provider's voice by its definition and return it; as little repeatable as a clone."""
        body = voice_body(
            name=name, definition=definition, description=description, primary_language=primary_language
        )
        return Voice.from_json((await self._call("POST", _VOICES, body=body)).json())

    async def update_voice(self, voice_id: str, **changes: Unpack[VoiceChanges]) -> Voice:
        """Change only what is given and return the voice as it is then."""
        body = {camel(field): value for field, value in changes.items()}
        return Voice.from_json((await self._call("PATCH", _voice_path(voice_id), body=body)).json())

    async def replace_voice(
        self,
        voice_id: str,
        *,
        name: str,
        definition: Mapping[str, Any],
        description: str | None = None,
        primary_language: str | None = None,
    ) -> Voice:
        """Put name and definition in place of what was there and return the voice; not for clones."""
        body = voice_body(
            name=name, definition=definition, description=description, primary_language=primary_language
        )
        return Voice.from_json((await self._call("PUT", _voice_path(voice_id), body=body)).json())

    async def delete_voice(self, voice_id: str) -> bool:
        """Delete the voice; False when there was none any more, which is as good.

        GarbledAnswerError when a page stands where the answer is empty: that came from something before Althea.
        """
        try:
            answer = await self._call("DELETE", _voice_path(voice_id))
        except GoneError:
            return False
        if answer.content.strip():
            answer.json()
        return True

    async def get_preview(self, voice_id: str, preview_url: str | None = None) -> Preview:
        """Return a short recording of the voice, at most 12 MB within 15 s; the key stays on the base."""
        own_url = self._url(f"{_voice_path(voice_id)}/preview")
        fetcher = Fetcher(
            http=self._http, base=self._base, key=self._key, resolve=self._resolve, now=self._now()
        )
        async with translated(seconds=min(self._deadline_seconds, PREVIEW_SECONDS)):
            return await fetcher.fetch(preview_url=preview_url or "", own_url=own_url)

    async def preview_definition(self, *, name: str, definition: Mapping[str, Any]) -> Preview:
        """Return a recording of a definition that is no voice yet; asked once, as it may be billed."""
        body = voice_body(name=name, definition=definition)
        answer = await self._call("POST", "/api/voice_preview", body=body, most_bytes=MAX_PREVIEW_BYTES)
        return heard(answer)

    async def get_account(self) -> Account:
        """Return the account behind the key: the cheapest proof that the key is good."""
        return Account.from_json((await self._call("GET", _ACCOUNT)).json())

    async def list_agents(self, *, page_size: int = 100, cursor: str | None = None) -> AgentPage:
        """Return one page of the account's agents."""
        params = {"pageSize": page_size} | ({"cursor": cursor} if cursor else {})
        return AgentPage.from_json((await self._call("GET", _AGENTS, params=params)).json())

    async def all_agents(self) -> tuple[Agent, ...]:
        """Return every agent of the account; GarbledAnswerError when the list has no end or cannot be read."""
        found: list[Agent] = []
        cursor, seen = None, set[str | None]()
        for _ in range(MAX_PAGES):
            page = await self.list_agents(cursor=cursor)
            found += page.agents
            seen.add(cursor)
            cursor = page.next_cursor
            if cursor is None and not page.skipped:
                return tuple(found)
            if cursor in seen:
                break
        raise GarbledAnswerError("Althea's list of agents cannot be read to its end.")

    async def get_call_usage(self, voice_id: str, *, first: date, last: date) -> CallUsage:
        """Return how much the voice was used in calls on these days, both included."""
        params = {"voiceId": voice_id, "fromDate": first.isoformat(), "toDate": last.isoformat()}
        return CallUsage.from_json((await self._call("GET", _CALL_USAGE, params=params)).json())

    async def get_provider_keys(self) -> ProviderKeys:
        """Return the shown prefixes of the providers' keys that the account holds."""
        return ProviderKeys.from_json((await self._call("GET", _PROVIDER_KEYS)).json())

    async def set_provider_keys(self, **keys: Unpack[ProviderKeyChanges]) -> ProviderKeys:
        """Set or remove providers' keys and return the prefixes that are held then."""
        given = cast(Mapping[str, Secret | None], keys)
        answer = await self._call(
            "PATCH",
            _PROVIDER_KEYS,
            body={camel(name): secret for name, secret in given.items()},
            hidden=tuple(secret for secret in given.values() if secret),
        )
        return ProviderKeys.from_json(answer.json())

    async def _call(
        self,
        method: str,
        path: str,
        *,
        seconds: float | None = None,
        most_bytes: int = MAX_JSON_BYTES,
        hidden: Sequence[Secret] = (),
        body: Mapping[str, Any] | None = None,
        **parts: Any,
    ) -> Answer:
        deadline = seconds or self._deadline_seconds
        async with translated(seconds=deadline):
            request = self._http.keyed.build_request(
                method,
                self._url(path),
                extensions=dict(grant_of(base=self._base, key=self._key)),
                timeout=timeouts(deadline),
                **(parts if body is None else json_content(body)),
            )
            answer = await exchange(self._http.keyed, request, most_bytes=most_bytes)
        return check(answer, now=self._now(), hidden=(self._key, *hidden))

    def _url(self, path: str) -> httpx.URL:
        return self._base.copy_with(path=self._base.path.rstrip("/") + path)


def _voice_path(voice_id: str) -> str:
    if not is_voice_id(voice_id):
        raise GoneError("Althea has no such voice: this is no voice id.")
    return f"{_VOICES}/{voice_id}"


def _is_own(voice: Voice, name: str) -> bool:
    # A server that ignores the ownership filter must not have a stock voice adopted as somebody's clone.
    return voice.name == name and voice.ownership != "public"


def _check_size(sample: SampleFile) -> None:
    try:
        sample.file.seek(0, io.SEEK_END)
        size = sample.file.tell()
    except (OSError, ValueError) as exc:
        raise NotSentError("The stored recording cannot be read.") from exc
    if size != sample.size:
        raise NotSentError("The stored recording is not as long as it was.", permanent=True)
