"""Filter by whether a voice's preview plays."""

from voices.library.filters.base import ChoiceFilter
from voices.models import Health

FILTER = ChoiceFilter(
    name="health", label="Preview", position=60, column="health", has_own_chip=True,
    choices={health.value: str(health.label) for health in Health},
)  # fmt: skip
