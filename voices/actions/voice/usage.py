"""The use of a voice, read from Althea: the agents that name it, and its calls of the last 30 days.

Pages work without it: a problem is returned as a sentence and never raised, and a read takes at most 8 seconds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.core.cache import cache
from django.utils import timezone

from voices import gateway
from voices.actions.keys.verdicts import record_verdict
from voices.althea import Agent, AltheaClient, AltheaError, CallUsage, new_http
from voices.gateway import OpenHttp
from voices.kit.sealing import SealError
from voices.models import AltheaAccount, ApiKey, KeyState, Membership, Voice

Result = TypeVar("Result")
DEADLINE_SECONDS = 8.0
KEPT_SECONDS = 60
MAX_LETTERS = 300
DAYS = 30
NO_KEY = "no stored key belongs to this voice's account"
TOO_SLOW = "Althea took too long"
NOT_OPENED = "the stored key can't be decrypted"
BUSY = "Althea is slow to answer right now"


class UsageUnavailableError(Exception):
    """The usage could not be read. The message ends the sentence "It could not be read: ..."."""


@dataclass(frozen=True)
class AgentUse:
    """An agent that uses the voice. `by` says whether it names it by "id" or by "name"."""

    agent_id: str
    name: str
    by: str


@dataclass(frozen=True)
class Usage:
    """The agents that name a voice; unknown if there is a problem."""

    agents: tuple[AgentUse, ...] = ()
    problem: str = ""

    @property
    def by_name(self) -> tuple[AgentUse, ...]:
        """The agents that a rename would break."""
        return tuple(agent for agent in self.agents if agent.by == "name")


@dataclass(frozen=True)
class RecentUse:
    """The calls of the last 30 days, including today. `daily` has a (day, calls) for each day, oldest first."""

    calls: int = 0
    seconds: float = 0.0
    daily: tuple[tuple[date, int], ...] = ()
    problem: str = ""

    @property
    def minutes(self) -> int:
        """The duration in minutes, rounded up."""
        return -int(-self.seconds // 60)


def reading_key(member: Membership, voice: Voice) -> ApiKey | None:
    """Return the member's own key for the voice's account, else the voice's steward; None without a working one."""
    own = ApiKey.objects.owned_by(member.user).filter(account=voice.account_id, state=KeyState.OK).first()
    steward = voice.steward
    return own or (steward if steward is not None and steward.can_clone else None)


def agents_using(
    key: ApiKey | None,
    voice: Voice,
    *,
    fresh: bool = False,
    open_http: OpenHttp = new_http,
    seconds: float = DEADLINE_SECONDS,
) -> Usage:
    """Return the account's agents whose call template names the voice. `fresh` bypasses the cache of a minute."""
    try:
        agents = _agents_of(key, voice, fresh=fresh, open_http=open_http, seconds=seconds)
    except UsageUnavailableError as problem:
        return Usage(problem=str(problem))
    found = ((agent_id, name, _how(voice, named)) for agent_id, name, named in agents)
    return Usage(tuple(AgentUse(agent_id, name, by) for agent_id, name, by in found if by))


@dataclass(frozen=True)
class ManyUsages:
    """The agents that name any of several voices, with that voice, and the problems of unreadable accounts."""

    agents: tuple[tuple[str, Voice], ...] = ()
    problems: tuple[tuple[str, str], ...] = ()


def agents_using_any(
    member: Membership,
    voices: Iterable[Voice],
    *,
    open_http: OpenHttp = new_http,
    clock: Callable[[], float] = time.monotonic,
) -> ManyUsages:
    """Return the agents that name any of these voices, read once per account; prefetch `account` and `steward`.

    All accounts share the 8 seconds, so that several slow ones cannot add up.
    """
    deadline = clock() + DEADLINE_SECONDS
    agents: list[tuple[str, Voice]] = []
    problems: list[tuple[str, str]] = []
    accounts: dict[object, list[Voice]] = {}
    for voice in voices:
        accounts.setdefault(voice.account_id, []).append(voice)
    for group in accounts.values():
        named = {voice.name: voice for voice in group} | {voice.voice_id: voice for voice in group}
        try:
            known = _agents_of(
                reading_key(member, group[0]),
                group[0],
                fresh=False,
                open_http=open_http,
                seconds=deadline - clock(),
            )
        except UsageUnavailableError as problem:
            problems.append((group[0].account.name, str(problem)))
            continue
        agents += [(name, named[voice]) for _, name, voice in known if voice in named]
    return ManyUsages(tuple(agents), tuple(problems))


def _how(voice: Voice, named: str) -> str:
    return {voice.voice_id: "id", voice.name: "name"}.get(named, "")


def _agents_of(
    key: ApiKey | None, voice: Voice, *, fresh: bool, open_http: OpenHttp, seconds: float
) -> list[tuple[str, str, str]]:
    # Without a key there is no answer, not even from the cache of another team's read.
    if key is None:
        raise UsageUnavailableError(NO_KEY)
    cache_key = _agents_key(voice.account_id)
    known: list[tuple[str, str, str]] | None = None if fresh else cache.get(cache_key)
    if known is None:
        agents: tuple[Agent, ...] = _read(key, voice, AltheaClient.all_agents, open_http, seconds)
        known = [
            (agent.agent_id[:MAX_LETTERS], agent.name[:MAX_LETTERS], agent.voice)
            for agent in agents
            if 0 < len(agent.voice) <= MAX_LETTERS
        ]
        cache.set(cache_key, known, KEPT_SECONDS)
    return known


def clear_agents_cache(account: AltheaAccount) -> None:
    """Clear the cached agents of an account, which were changed."""
    cache.delete(_agents_key(account.pk))


def _agents_key(account_id: object) -> str:
    return f"agents-of:{account_id}"


def recent_use(key: ApiKey | None, voice: Voice, *, today: date, open_http: OpenHttp = new_http) -> RecentUse:
    """Return how often the voice was used in calls of the last 30 days."""
    if key is None:
        return RecentUse(problem=NO_KEY)
    first = today - timedelta(days=DAYS - 1)
    cache_key = f"calls-of:{voice.pk}:{today}"
    use: RecentUse | None = cache.get(cache_key)
    if use is None:
        try:
            usage = _read(
                key,
                voice,
                lambda client: client.get_call_usage(voice.voice_id, first=first, last=today),
                open_http,
            )
        except UsageUnavailableError as problem:
            return RecentUse(problem=str(problem))
        use = _by_day(usage, first)
        cache.set(cache_key, use, KEPT_SECONDS)
    return use


def _by_day(usage: CallUsage, first: date) -> RecentUse:
    # The sum of the days, not `allTime`, which may cover a longer period.
    known = {day.day: day for day in usage.daily}
    days = [first + timedelta(days=number) for number in range(DAYS)]
    if not known:
        return RecentUse(usage.calls, usage.seconds, tuple((day, 0) for day in days))
    counted = [known[day] for day in days if day in known]
    daily = tuple((day, known[day].calls if day in known else 0) for day in days)
    return RecentUse(sum(day.calls for day in counted), sum(day.seconds for day in counted), daily)


def _read(
    key: ApiKey,
    voice: Voice,
    call: Callable[[AltheaClient], Awaitable[Result]],
    open_http: OpenHttp,
    seconds: float = DEADLINE_SECONDS,
) -> Result:
    async def timed(client: AltheaClient) -> Result:
        async with asyncio.timeout(seconds):
            return await call(client)

    try:
        return gateway.ask(timed, secret=gateway.unseal(key), endpoint=key.endpoint, open_http=open_http)
    except TimeoutError as problem:
        raise UsageUnavailableError(TOO_SLOW) from problem
    except gateway.BusyError as problem:
        raise UsageUnavailableError(BUSY) from problem
    except SealError as problem:
        raise UsageUnavailableError(NOT_OPENED) from problem
    except AltheaError as problem:
        record_verdict(key=key, error=problem, now=timezone.now(), team=voice.team)
        raise UsageUnavailableError(problem.message.rstrip(".")) from problem
