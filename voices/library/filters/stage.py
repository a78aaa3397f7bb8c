"""Filter by stage. Retired voices are hidden by default."""

from voices.library.filters.base import HidingFilter
from voices.models import Stage

FILTER = HidingFilter(
    name="stage", label="Stage", position=30, column="stage", has_own_chip=True,
    choices={stage.value: str(stage.label) for stage in Stage},
    shown_by_default=frozenset({Stage.DRAFT.value, Stage.APPROVED.value}), hidden_label="retired",
    any_label="All, including retired", default_label="Not retired",
)  # fmt: skip
