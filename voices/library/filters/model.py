"""Filter by model. One choice stands for all that are deprecated or retired."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from voices.library.filters.base import Accepted, FacetValue, TextFilter
from voices.providers.models import MAX_MODEL, ageing_models

AGEING = "ageing"
AGEING_LABEL = "Deprecated or retired"


@dataclass(frozen=True, kw_only=True)
class ModelFilter(TextFilter):
    """A filter by names of models; AGEING accepts every model in the providers' tables."""

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return the chosen models, with all that are ageing for AGEING."""
        found = super().accepted([value for value in values if value != AGEING])
        ageing = frozenset(ageing_models()) if AGEING in values else frozenset()
        return {self.column: found.get(self.column, frozenset()) | ageing} if values else {}

    def roll_up(self, counts: Counter[Any]) -> Counter[Any]:
        """Add the count of all ageing models."""
        ageing = sum(count for model, count in counts.items() if model in ageing_models())
        return counts + Counter({AGEING: ageing})

    def arrange(self, values: list[FacetValue]) -> Iterable[FacetValue]:
        """Return AGEING first."""
        return sorted(values, key=lambda value: value.value != AGEING)


FILTER = ModelFilter(
    name="model",
    label="Model",
    position=95,
    column="model",
    max_length=MAX_MODEL,
    choices={AGEING: AGEING_LABEL},
)
