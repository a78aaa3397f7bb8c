"""By how far the team trusts a voice. Retired voices are hidden until somebody asks for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voices.library.filters.base import ANY, Accepted, ChoiceFilter, FacetValue
from voices.models import Stage

# Named one by one, not as "other than retired": an index can serve it.
SHOWN_BY_DEFAULT = frozenset({Stage.DRAFT.value, Stage.APPROVED.value})


@dataclass(frozen=True, kw_only=True)
class StageFilter(ChoiceFilter):
    """A filter that hides some of its values by default; ANY lifts it."""

    def clean(self, value: str) -> str:
        """Return a stage, or ANY."""
        return value if value == ANY else super().clean(value)

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return the chosen stages, those shown by default where none is."""
        if ANY in values:
            return {}
        return {self.column: frozenset(values) or SHOWN_BY_DEFAULT}

    def arrange(self, values: list[FacetValue]) -> Iterable[FacetValue]:
        """Return the stages in the order of a voice's life."""
        places = {stage: place for place, stage in enumerate(self.choices)}
        return sorted(values, key=lambda value: places.get(value.value, len(places)))


FILTER = StageFilter(
    name="stage", label="Stage", position=30, column="stage", has_own_chip=True,
    choices={stage.value: str(stage.label) for stage in Stage},
    any_value=ANY, any_label="All, including retired", default_label="Not retired",
)  # fmt: skip
