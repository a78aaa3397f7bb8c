"""An async client for the Althea voices API: one method per operation, frozen values back, one error tree.

Nothing here retries. A clone has no idempotency key, so the caller looks the name up before sending it again.
After a 401 or 403 the account of the key is asked for, since only that says whether the key is refused.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar, Unpack

import httpx

from voices.althea.agents import Agent, AgentPage, CallUsage
from voices.althea.call_metrics import measured
from voices.althea.error_mapping import Subject
from voices.althea.errors import AltheaError, GarbledAnswerError, GoneError
from voices.althea.paths import ACCOUNT, AGENTS, CALL_USAGE, PROVIDER_KEYS, VOICES, agent_path, voice_path
from voices.althea.payloads import (
    VoiceChanges,
    camel,
    check_size,
    json_content,
    secrets_in,
    voice_body,
)
from voices.althea.previews import (
    MAX_PREVIEW_BYTES,
    PREVIEW_SECONDS,
    REDIRECTS,
    PreviewFetcher,
    preview_from,
)
from voices.althea.transport import (
    MAX_JSON_BYTES,
    HttpClients,
    Response,
    check,
    exchange,
    key_extension,
    timeouts,
    translated,
)
from voices.althea.types import Account, Preview, ProviderKeys, SampleFile, Voice, VoicePage
from voices.althea.url_policy import normalise_base
from voices.althea.verdicts import settled
from voices.kit.addresses import Resolve, resolve_host
from voices.kit.secret import Secret

Answer = TypeVar("Answer")
MAX_PAGES = 50
MAX_AGENTS_BYTES = 20_000_000  # of a page: prompts are long
PROBE_SECONDS = 10.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AltheaClient:
    """A client for one Althea address and one key. Cheap to create; holds no connection of its own.

    Every method raises only `AltheaError`s and returns within its total deadline, or 10 s after it where the key
    is in doubt. KeyRefusedError means that the account itself is refused for the key.
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
        """Return one page of the voices that match every filter; public and private ones by default."""
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
        response = await self._call("GET", VOICES, subject=Subject.VOICES, params=params)
        return VoicePage.from_json(response.json())

    async def find_by_name(self, name: str) -> Voice | None:
        """Return the account's own voice with exactly this name; None only if the complete list lacks it.

        Raise GarbledAnswerError when the list does not end or has unreadable entries: a false "absent" would
        make the caller send a clone twice.
        """
        proves_absence = False
        async with aclosing(self._pages_of(name)) as pages:
            async for page in pages:
                found = next((voice for voice in page.voices if voice.is_own(name)), None)
                if found:
                    return found
                proves_absence = page.next_cursor is None and not page.skipped
                if page.skipped:
                    break
        if not proves_absence:
            raise GarbledAnswerError("Althea's list of voices can't be read to the end.")
        return None

    async def _pages_of(self, name: str) -> AsyncGenerator[VoicePage, None]:
        """Yield the pages of own voices like `name`, until the last, a repeated cursor or `MAX_PAGES`."""
        cursor: str | None = None
        seen: set[str | None] = {None}
        for _ in range(MAX_PAGES):
            page = await self.list_voices(ownership="private", search=name, cursor=cursor)
            yield page
            cursor = page.next_cursor
            if cursor in seen:
                return
            seen.add(cursor)

    async def get_voice(self, voice_id: str) -> Voice:
        """Return the voice. Raise GoneError if it does not (or no longer) exist."""
        return Voice.from_json((await self._call("GET", voice_path(voice_id))).json())

    async def clone_voice(
        self, *, sample: SampleFile, name: str, description: str = "", language: str = "en"
    ) -> Voice:
        """Send the recording once and return the new voice. The file is streamed, never read whole.

        Raise UnknownOutcomeError if the voice may exist: look the name up before sending it again.
        """
        check_size(sample)
        # Empty parts are left out: without a description the server writes one.
        texts = {"name": name, "description": description, "language": language}
        response = await self._call(
            "POST",
            VOICES,
            subject=Subject.VOICES,
            seconds=self._clone_deadline_seconds,
            data={field: text for field, text in texts.items() if text},
            files={"file": (sample.filename, sample.file, sample.content_type)},
        )
        return Voice.from_json(response.json())

    async def create_voice(
        self,
        *,
        name: str,
        definition: Mapping[str, Any],
        description: str | None = None,
        primary_language: str | None = None,
    ) -> Voice:
        """Create a voice from a provider's definition and return it. No safer to repeat than a clone."""
        body = voice_body(
            name=name, definition=definition, description=description, primary_language=primary_language
        )
        response = await self._call("POST", VOICES, subject=Subject.VOICES, body=body)
        return Voice.from_json(response.json())

    async def update_voice(self, voice_id: str, **changes: Unpack[VoiceChanges]) -> Voice:
        """Change the given fields only. Return the updated voice."""
        body = {camel(field): value for field, value in changes.items()}
        return Voice.from_json((await self._call("PATCH", voice_path(voice_id), body=body)).json())

    async def delete_voice(self, voice_id: str) -> int | None:
        """Delete the voice. Return the status of the answer: 404 or 410 if it was already gone.

        None if nothing was asked, as no voice can have that id.

        Raise GarbledAnswerError if the response has a body that is not JSON: it came from a proxy, not from Althea.
        """
        try:
            response = await self._call("DELETE", voice_path(voice_id))
        except GoneError as gone:
            return gone.status
        if response.content.strip():
            response.json()
        return response.status

    async def get_preview(self, voice_id: str, preview_url: str | None = None) -> Preview:
        """Return a short recording of the voice: at most 12 MB, within 15 s. The key is sent to the base URL only."""
        own_url = self._url(f"{voice_path(voice_id)}/preview")
        fetcher = PreviewFetcher(
            http=self._http, base=self._base, key=self._key, resolve=self._resolve, now=self._now()
        )

        async def fetch() -> Preview:
            with measured("GET", Subject.PREVIEW):
                async with translated(seconds=min(self._deadline_seconds, PREVIEW_SECONDS)):
                    return await fetcher.fetch(preview_url=preview_url or "", own_url=own_url)

        return await self._settled(fetch())

    async def check_preview(self, voice_id: str) -> None:
        """Ask for the voice's preview and read nothing of it; raises the error if Althea refuses it.

        A redirect to where it is stored is as good, and is not followed: what is there says nothing about the voice.
        """
        path, seconds = f"{voice_path(voice_id)}/preview", min(self._deadline_seconds, PREVIEW_SECONDS)
        await self._call(
            "GET", path, subject=Subject.PREVIEW, seconds=seconds, reads_success=False, good=REDIRECTS
        )

    async def preview_definition(self, *, name: str, definition: Mapping[str, Any]) -> Preview:
        """Return a recording of a definition that is not a voice yet. Sent once, since it may be billed."""
        body = voice_body(name=name, definition=definition)
        response = await self._call(
            "POST", "/api/voice_preview", subject=Subject.PREVIEW, body=body, max_bytes=MAX_PREVIEW_BYTES
        )
        return preview_from(response)

    async def get_account(self) -> Account:
        """Return the account of the key. Only this call proves that the key works, or that Althea refuses it."""
        seconds = min(self._deadline_seconds, PROBE_SECONDS)
        response = await self._request("GET", ACCOUNT, subject=Subject.ACCOUNT, seconds=seconds)
        return Account.from_json(response.json())

    async def list_agents(self, *, page_size: int = 100, cursor: str | None = None) -> AgentPage:
        """Return one page of the account's agents."""
        params = {"pageSize": page_size} | ({"cursor": cursor} if cursor else {})
        response = await self._call(
            "GET", AGENTS, subject=Subject.AGENTS, params=params, max_bytes=MAX_AGENTS_BYTES
        )
        return AgentPage.from_json(response.json())

    async def all_agents(self) -> tuple[Agent, ...]:
        """Return every agent of the account. Raise GarbledAnswerError if the list does not end or cannot be read."""
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
        raise GarbledAnswerError("Althea's list of agents can't be read to the end.")

    async def get_agent(self, agent_id: str) -> Agent:
        """Return the agent. Raise GoneError if it does not (or no longer) exist."""
        response = await self._call("GET", agent_path(agent_id), subject=Subject.AGENT)
        value = response.json()
        return Agent.from_json(value, is_exact=response.is_exactly(value))

    async def set_agent_voice(self, agent: Agent, voice: str) -> Agent:
        """Have the agent, as it was read just now, name this voice. Return it as Althea then describes it."""
        path, body = agent_path(agent.agent_id), {"callTemplate": agent.template_with(voice)}
        return Agent.from_json((await self._call("PATCH", path, subject=Subject.AGENT, body=body)).json())

    async def get_call_usage(self, voice_id: str, *, first: date, last: date) -> CallUsage:
        """Return the voice's usage in calls from `first` to `last`, both included."""
        params = {"voiceId": voice_id, "fromDate": first.isoformat(), "toDate": last.isoformat()}
        response = await self._call("GET", CALL_USAGE, subject=Subject.USAGE, params=params)
        return CallUsage.from_json(response.json())

    async def get_provider_keys(self) -> ProviderKeys:
        """Return the prefixes of the provider keys that the account stores."""
        response = await self._call("GET", PROVIDER_KEYS, subject=Subject.PROVIDER_KEYS)
        return ProviderKeys.from_json(response.json())

    async def set_provider_keys(self, keys: Mapping[str, Secret | None]) -> ProviderKeys:
        """Set or remove (None) provider keys, by the API's names. Return the prefixes stored afterwards."""
        hidden = tuple(secret for secret in keys.values() if secret)
        response = await self._call(
            "PATCH", PROVIDER_KEYS, subject=Subject.PROVIDER_KEYS, body=keys, hidden=hidden
        )
        return ProviderKeys.from_json(response.json())

    async def _call(
        self, method: str, path: str, *, subject: Subject = Subject.VOICE, **parts: Any
    ) -> Response:
        return await self._settled(self._request(method, path, subject=subject, **parts))

    async def _settled(self, call: Awaitable[Answer]) -> Answer:
        """Return what the call does; if it fails so that the key is in doubt, its account decides what is raised."""
        try:
            return await call
        except AltheaError as error:
            failure = error
        raise await settled(failure, self.get_account)

    async def _request(
        self, method: str, path: str, *, subject: Subject, good: Collection[int] = (), **parts: Any
    ) -> Response:
        with measured(method, subject):
            response = await self._exchange(method, path, **parts)
            return response if response.status in good else check(response, now=self._now(), subject=subject)

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        seconds: float | None = None,
        max_bytes: int = MAX_JSON_BYTES,
        hidden: Sequence[Secret] = (),
        reads_success: bool = True,
        body: Mapping[str, Any] | None = None,
        **parts: Any,
    ) -> Response:
        deadline = seconds or self._deadline_seconds
        async with translated(seconds=deadline):
            request = self._http.keyed.build_request(
                method,
                self._url(path),
                extensions=dict(key_extension(base=self._base, key=self._key)),
                timeout=timeouts(deadline),
                **(parts if body is None else json_content(body)),
            )
            response = await exchange(
                self._http.keyed,
                request,
                max_bytes=max_bytes,
                hidden=(self._key, *hidden),
                reads_success=reads_success,
            )
        # A success gives a voice back with the secrets of its definition, an error may quote them.
        return response if response.is_success else replace(response, hidden=(self._key, *secrets_in(body)))

    def _url(self, path: str) -> httpx.URL:
        return self._base.copy_with(path=self._base.path.rstrip("/") + path)
