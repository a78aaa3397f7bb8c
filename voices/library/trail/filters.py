"""The filters of the activity page, parsed from a URL and written to one. Invalid values are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.dateparse import parse_date

from voices.audit import TOPICS
from voices.library.filters import clean_query
from voices.models import MAX_ADDRESS

MAX_PERSON = 2**63 - 1
PROGRAM = "studio"  # as a person: Voice Studio itself


@dataclass(frozen=True)
class TrailFilters:
    """Filters of the trail. An empty field does not restrict; days are ISO dates in UTC."""

    person: str = ""
    topic: str = ""
    thing: str = ""  # kind:id, as "voice:6f1d..."
    address: str = ""
    since: str = ""
    until: str = ""
    text: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The filters that are set, for a URL."""
        return [(name, value) for name, value in vars(self).items() if value]

    @property
    def query(self) -> str:
        """The filters as the query of a URL."""
        return urlencode(self.pairs)

    def without(self, name: str) -> "TrailFilters":
        """Return the filters without one."""
        return replace(self, **{name: ""})

    @property
    def days(self) -> Q:
        """The condition on the days."""
        found = Q()
        if self.since:
            found &= Q(at__gte=_midnight(date.fromisoformat(self.since)))
        if self.until:
            found &= Q(at__lt=_midnight(date.fromisoformat(self.until) + timedelta(days=1)))
        return found

    @property
    def exact(self) -> list[dict[str, str | int | None]]:
        """The column values of each exact filter, the most selective first; each has an index."""
        found: list[dict[str, str | int | None]] = []
        if self.thing:
            kind, _, number = self.thing.partition(":")
            found.append({"thing": kind, "thing_id": number})
        if self.address:
            found.append({"address": self.address})
        if self.person:
            found.append({"actor": None if self.person == PROGRAM else int(self.person)})
        if self.topic:
            found.append({"topic": self.topic})
        return found


def parse_filters(values: Mapping[str, str]) -> TrailFilters:
    """Return the filters of an address."""
    return TrailFilters(
        person=_person(values.get("person", "")),
        topic=topic if (topic := values.get("topic", "")) in TOPICS else "",
        thing=_thing(values.get("thing", "")),
        address=clean_query(values.get("address", ""))[:MAX_ADDRESS],
        since=_day(values.get("since", "")),
        until=_day(values.get("until", "")),
        text=clean_query(values.get("text", "")),
    )


def _person(value: str) -> str:
    is_number = value.isascii() and value.isdigit() and len(value) < len(str(MAX_PERSON))
    return value if value == PROGRAM or is_number else ""


def _thing(value: str) -> str:
    kind, _, number = clean_query(value).partition(":")
    return f"{kind[:40]}:{number[:64]}" if kind and number else ""


def _day(value: str) -> str:
    try:
        day = parse_date(value)
    except ValueError:
        return ""
    # Days outside the range of databases are invalid, and so is the last day within it.
    return day.isoformat() if day and date(1900, 1, 1) <= day <= date(9998, 12, 31) else ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
