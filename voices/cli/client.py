"""The HTTP API of Voice Studio, as commands and tools use it: what it answers, waits and retries.

Answers are what the API's document says (`/api/v1/openapi.json`) and are passed on as they came.
"""

import json
import mimetypes
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx

from voices.cli.connection import Connection
from voices.cli.errors import ExitCode, ProblemError, StudioError, UnavailableError

Json = dict[str, Any]
Params = list[tuple[str, str]]
Needed = frozenset[str]  # what an answer must have, or it is not our API's
LIST, VOICE, ALIAS, USAGE = (frozenset({name}) for name in ("results", "id", "voiceId", "agents"))
JOB = frozenset({"id", "state", "isRunning", "sentence", "voiceId"})

BASE = "/api/v1"
TIMEOUT = httpx.Timeout(60, connect=10)
PAUSES = (1.0, 2.0, 4.0, None)  # seconds before sending again, where the answer does not say; then give up
MAX_WAIT_SECONDS = 120.0
BUSY = {429, 503}
PAGE_SIZE = 100
MAY_HAVE_ARRIVED = (
    "The {what} may have arrived. To send it again without creating a second voice, add "
    "--idempotency-key {key}."
)


@dataclass(frozen=True, kw_only=True)
class Clone:
    """What is sent for a clone. `idempotency_key` names it: sent again, it is the same job and no second voice."""

    file: Path
    fields: Mapping[str, str]
    idempotency_key: str

    @property
    def note(self) -> str:
        """What to do where the answer was lost."""
        return MAY_HAVE_ARRIVED.format(what="recording", key=self.idempotency_key)


@dataclass(frozen=True, kw_only=True)
class ProviderVoice:
    """What is sent for a voice from a provider's settings, which may hold secrets; else like a clone."""

    fields: Json = field(repr=False)
    idempotency_key: str

    @property
    def note(self) -> str:
        """What to do where the answer was lost."""
        return MAY_HAVE_ARRIVED.format(what="request", key=self.idempotency_key)


class Client:
    """A connection to one team's voices. `say` hears about waits; `sleep` and `transport` are for tests."""

    def __init__(
        self,
        connection: Connection,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.url = connection.url
        self.pause, self._say = sleep, say
        # Redirects are never followed: the token would go along.
        self._http = httpx.Client(
            base_url=f"{connection.url}{BASE}/", auth=connection.token, transport=transport, timeout=TIMEOUT,
            headers={"User-Agent": "voicestudio", "Accept": "application/json"},
        )  # fmt: skip

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    # --- voices ---

    def find_voices(self, params: Params, *, page_size: int, cursor: str = "") -> Json:
        """Return one page of the voices: `results`, the address of the `next` page, and on the first page `total`.

        A tag may be given by its name.
        """
        own = [
            ("pageSize", str(page_size)),
            *([("cursor", cursor)] if cursor else [("includeTotal", "true")]),
        ]
        return self._get("voices", LIST, params=[*map(self._with_tag_id, params), *own])

    def pages(self, params: Params, *, limit: int | None = None) -> Iterator[Json]:
        """Yield pages until there are no more voices, or the limit is reached."""
        params, cursor, left = list(map(self._with_tag_id, params)), "", limit
        while left is None or left > 0:
            page = self.find_voices(params, page_size=min(PAGE_SIZE, left or PAGE_SIZE), cursor=cursor)
            yield page
            left = None if left is None else left - len(page["results"])
            following = cursor_of(page.get("next"))
            if not following or following == cursor:
                return
            cursor = following

    def _with_tag_id(self, param: tuple[str, str]) -> tuple[str, str]:
        """Return the parameter as the API takes it: a tag by its id. Raise StudioError if there is no such tag."""
        name, value = param
        if name != "tag" or value.isdecimal():
            return param
        for tag in self.list_all("tags"):
            if tag["name"].casefold() == value.casefold():
                return name, str(tag["id"])
        raise StudioError(f"There is no tag {value}. See `voicestudio tags`.", ExitCode.NOT_FOUND)

    def list_all(self, what: str) -> list[Json]:
        """Return all `tags`, `aliases`, `statements` or `keys`."""
        found: list[Json] = self._get(what, LIST)["results"]
        return found

    def get_voice(self, voice_id: str) -> Json:
        """Return the voice with everything that the API says about it."""
        return self._get(f"voices/{_quoted(voice_id)}", VOICE)

    def where_used(self, voice_id: str) -> Json:
        """Return what uses the voice."""
        return self._get(f"voices/{_quoted(voice_id)}/usage", USAGE)

    def resolve_alias(self, name: str) -> Json:
        """Return the voice that the alias stands for."""
        return self._get(f"aliases/{_quoted(name)}", ALIAS)

    @contextmanager
    def preview(self, voice_id: str) -> Iterator[httpx.Response]:
        """Open the voice's preview, to be read in pieces."""
        path, headers = f"voices/{_quoted(voice_id)}/preview", {"Accept": "audio/*, application/problem+json"}
        with self._opened(lambda: self._sent("GET", path, headers=headers)) as answer:
            if not answer.headers.get("Content-Type", "").startswith("audio/"):
                raise self._no_api()
            yield answer

    # --- changes ---

    def set_stage(self, voice_id: str, stage: str, *, dry_run: bool = False) -> Json:
        """Move the voice to the stage, and return it."""
        return self._put(f"voices/{_quoted(voice_id)}/stage", {"stage": stage}, dry_run=dry_run)

    def set_tags(self, voice_id: str, tags: Sequence[str], *, dry_run: bool = False) -> Json:
        """Give the voice these tags and no others, and return it."""
        return self._put(f"voices/{_quoted(voice_id)}/tags", {"tags": list(tags)}, dry_run=dry_run)

    def clone(self, clone: Clone, *, dry_run: bool = False) -> Json:
        """Send the recording, and return the job. Raise UnavailableError, which says how to send it again."""
        headers, params = {"Idempotency-Key": clone.idempotency_key}, _dry(wanted=dry_run)
        kind = mimetypes.guess_type(clone.file.name)[0] or "application/octet-stream"

        def send() -> httpx.Response:
            with clone.file.open("rb") as opened:
                parts = {"data": clone.fields, "files": {"file": (clone.file.name, opened, kind)}}
                return self._sent("POST", "voices", params=params, headers=headers, **parts)

        try:
            return self._started(send, note=clone.note)
        except OSError as problem:
            raise StudioError(f"{clone.file} can't be read: {problem.strerror}.") from problem

    def create(self, voice: ProviderVoice, *, dry_run: bool = False) -> Json:
        """Send the settings, and return the job. Raise UnavailableError, which says how to send them again."""
        headers, params = {"Idempotency-Key": voice.idempotency_key}, _dry(wanted=dry_run)

        def send() -> httpx.Response:
            path = "voices/from-provider"
            return self._sent("POST", path, params=params, headers=headers, json=voice.fields)

        return self._started(send, note=voice.note)

    def _started(self, send: Callable[[], httpx.Response], *, note: str) -> Json:
        try:
            with self._opened(send) as answer:
                return self._json(answer, JOB)
        except UnavailableError as problem:
            raise UnavailableError(f"{problem}\n{note}") from problem

    def get_job(self, job_id: str) -> Json:
        """Return the job as it stands."""
        return self._get(f"jobs/{_quoted(job_id)}", JOB)

    # --- HTTP ---

    def _get(self, path: str, needed: Needed, **options: Any) -> Json:
        return self._request("GET", path, needed, **options)

    def _put(self, path: str, body: Json, *, dry_run: bool) -> Json:
        return self._request("PUT", path, VOICE, params=_dry(wanted=dry_run), json=body)

    def _request(self, method: str, path: str, needed: Needed, **options: Any) -> Json:
        with self._opened(lambda: self._sent(method, path, **options)) as answer:
            return self._json(answer, needed)

    def _sent(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.send(self._http.build_request(method, path, **options), stream=True)

    @contextmanager
    def _opened(self, send: Callable[[], httpx.Response]) -> Iterator[httpx.Response]:
        """Open a successful answer. Raise ProblemError for any other, UnavailableError if the connection breaks."""
        answer = self._answered(send)
        try:
            if not answer.is_success:
                answer.read()
                raise self._refused(answer)
            yield answer
        except httpx.HTTPError as problem:
            raise UnavailableError(f"The connection to {self.url} broke. Try again.") from problem
        finally:
            answer.close()

    def _answered(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """Return the answer, after waiting where the API is busy or away.

        Everything can be sent twice: reading, setting to a value, and what makes a voice by its idempotency key.
        """
        for pause in PAUSES:
            try:
                answer = send()
            except httpx.TransportError as problem:
                if pause is None:
                    raise UnavailableError(
                        f"{self.url} can't be reached. Check the address and your network."
                    ) from problem
                self._wait(pause, f"{self.url} doesn't respond.")
            else:
                wait = _wait_seconds(answer, pause)
                if wait is None:
                    return answer
                answer.close()
                self._wait(wait, "Voice Studio is busy.")
        raise AssertionError("the last pause is None")

    def _wait(self, seconds: float, reason: str) -> None:
        self._say(f"{reason} Trying again in {seconds:g} s …")
        self.pause(seconds)

    def _json(self, answer: httpx.Response, needed: Needed) -> Json:
        try:
            found = json.loads(answer.read())
        except ValueError as problem:
            raise self._no_api() from problem
        if not isinstance(found, dict) or not found.keys() >= needed:
            raise self._no_api()
        return found

    def _refused(self, answer: httpx.Response) -> StudioError:
        try:
            problem = answer.json()
        except ValueError:
            problem = None
        is_problem = isinstance(problem, dict) and answer.is_error
        return ProblemError(answer.status_code, problem) if is_problem else self._no_api(answer.status_code)

    def _no_api(self, status: int = 200) -> UnavailableError:
        return UnavailableError(
            f"{self.url} responded with {status}, but not the way Voice Studio does. Check the address."
        )


def cursor_of(url: Any) -> str:
    """Return the cursor in the address of another page; "" if there is none."""
    return dict(parse_qsl(urlsplit(url).query)).get("cursor", "") if isinstance(url, str) else ""


def _dry(*, wanted: bool) -> Params:
    """Return the parameter by which the API checks a change and makes none."""
    return [("dryRun", "true")] if wanted else []


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _wait_seconds(answer: httpx.Response, pause: float | None) -> float | None:
    """Return how long to wait before sending again; None if the answer is to be taken as it is."""
    if pause is None or answer.status_code not in BUSY:
        return None
    retry_after = answer.headers.get("Retry-After", "")
    seconds = float(retry_after) if retry_after.isdecimal() else pause
    return seconds if seconds <= MAX_WAIT_SECONDS else None
