"""Models that their vendors call deprecated or have retired, and what to use instead.

Each provider's file has its own table, with the source of every entry. Names are unique among the providers.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AgeingState(StrEnum):
    """The vendor's status of a model: deprecated ones still speak, retired ones do not."""

    DEPRECATED = "deprecated"
    RETIRED = "retired"


@dataclass(frozen=True)
class Ageing:
    """A model that should not be used any more.

    `since` is the first day on which it is deprecated or retired; None where the vendor gives no date. Until a model is
    retired it is deprecated.
    """

    name: str
    state: AgeingState
    since: date | None
    replacement: str

    def state_on(self, today: date) -> AgeingState:
        """Return what the model is on that day."""
        is_announced = self.since is not None and today < self.since
        return AgeingState.DEPRECATED if is_announced else self.state

    def in_words(self, today: date) -> str:
        """Return the end of a sentence about the model: `was retired on 9 July 2026`."""
        if self.since is None:
            return f"is {self.state}"
        day = f"{self.since.day} {self.since:%B %Y}"
        if today < self.since:
            return f"will be {self.state} on {day}"
        return (
            f"was retired on {day}"
            if self.state is AgeingState.RETIRED
            else f"has been deprecated since {day}"
        )
