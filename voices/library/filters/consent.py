"""Filter by whether consent covers a voice. Quarantined voices are hidden by default."""

from voices.library.filters.base import HidingFilter
from voices.models import ConsentState

FILTER = HidingFilter(
    name="consent", label="Consent", position=65, column="consent_state",
    choices={state.value: str(state.label) for state in ConsentState},
    shown_by_default=frozenset(state.value for state in ConsentState if state != ConsentState.ENDED),
    hidden_label="in quarantine", any_label="All, including withdrawn and expired",
)  # fmt: skip
