"""Agents and their calls, as far as they show where a voice is used.

Source: `/api/agents` and `/api/accounts/me/usage/calls` in tests/contract/althea-voices.openapi.yaml.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from voices.althea.errors import GarbledAnswerError, InvalidFieldsError
from voices.althea.parsing import cursor_of, mapping_of, object_of, text_of

_SECONDS = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)s?")
_INEXACT = (
    "It contains an API key or characters that can't be sent back unchanged. Change its voice at Althea."
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An agent; `voice` is a voice's id or its name, "" where the template names none.

    `is_exact` says whether `raw` is all that Althea sent, so that its template can be sent back.
    """

    agent_id: str
    name: str
    voice: str
    raw: Mapping[str, Any] = field(repr=False)
    is_exact: bool = False

    @classmethod
    def from_json(cls, value: object, *, is_exact: bool = False) -> "Agent":
        """Return the agent in parsed JSON. Raise GarbledAnswerError without its id."""
        raw = object_of(value, "an agent")
        if not text_of(raw, "agentId"):
            raise GarbledAnswerError("Althea answered with an agent that has no id.")
        return cls(
            agent_id=text_of(raw, "agentId"),
            name=text_of(raw, "name"),
            voice=text_of(mapping_of(raw, "callTemplate"), "voice"),
            raw=raw,
            is_exact=is_exact,
        )

    def template_with(self, voice: str) -> Mapping[str, Any]:
        """Return the whole call template with that voice. Raise InvalidFieldsError if it was not read exactly.

        The whole, since it is not documented whether a PATCH merges it: a part alone could be all that is left.
        """
        if not self.is_exact:
            raise InvalidFieldsError(_INEXACT)
        return {**mapping_of(self.raw, "callTemplate"), "voice": voice}


@dataclass(frozen=True, kw_only=True)
class AgentPage:
    """One page of agents; `skipped` counts entries without an id, `next_cursor` is None at the end."""

    agents: tuple[Agent, ...]
    next_cursor: str | None
    skipped: int

    @classmethod
    def from_json(cls, value: object) -> "AgentPage":
        """Return the page in parsed JSON. Raise GarbledAnswerError without a list of results."""
        raw = object_of(value, "a list of agents")
        results = raw.get("results")
        if not isinstance(results, list):
            raise GarbledAnswerError("Althea answered with a list of agents that has no results.")
        usable = [one for one in results if isinstance(one, dict) and text_of(one, "agentId")]
        return cls(
            agents=tuple(map(Agent.from_json, usable)),
            next_cursor=cursor_of(text_of(raw, "next")),
            skipped=len(results) - len(usable),
        )


@dataclass(frozen=True, kw_only=True)
class DayOfCalls:
    """The calls of one day."""

    day: date
    calls: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class CallUsage:
    """The number and duration of a voice's calls; days without a readable date are left out."""

    calls: int
    joined: int
    seconds: float
    daily: tuple[DayOfCalls, ...]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, value: object) -> "CallUsage":
        """Return the usage in parsed JSON. Raise GarbledAnswerError if it is not an object."""
        raw = object_of(value, "the usage of a voice")
        whole, days = mapping_of(raw, "allTime"), raw.get("daily")
        found = [_day_of(one) for one in days if isinstance(one, dict)] if isinstance(days, list) else []
        return cls(
            calls=_count(whole, "totalCount"),
            joined=_count(whole, "joinedCount"),
            seconds=_seconds(whole.get("duration")),
            daily=tuple(day for day in found if day is not None),
            raw=raw,
        )


def _day_of(raw: Mapping[str, Any]) -> DayOfCalls | None:
    # The API document does not name the date field: take the first string that begins with a date.
    written = (_DAY.match(value) for value in raw.values() if isinstance(value, str))
    for found in filter(None, written):
        try:
            day = date.fromisoformat(found[0])
        except ValueError:
            continue
        return DayOfCalls(day=day, calls=_count(raw, "totalCount"), seconds=_seconds(raw.get("duration")))
    return None


def _count(raw: Mapping[str, Any], key: str) -> int:
    value = raw.get(key)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 10**12 else 0  # type: ignore[operator, return-value]  # checked above


def _seconds(value: object) -> float:
    """Return seconds from a number or from protobuf's text form (`12.5s`); 0 for anything else."""
    found = _SECONDS.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return float(found[1])
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 10**12 else 0.0  # type: ignore[operator, arg-type]  # checked above
