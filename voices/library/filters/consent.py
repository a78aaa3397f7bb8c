"""By whether consent covers a voice. Voices in quarantine are hidden until somebody asks for them."""

from voices.library.filters.base import HidingFilter
from voices.models import ConsentState

FILTER = HidingFilter(
    name="consent", label="Consent", position=65, column="consent_state",
    choices={state.value: str(state.label) for state in ConsentState},
    shown_by_default=frozenset(state.value for state in ConsentState if state != ConsentState.ENDED),
    hidden_label="in quarantine", any_label="All, including withdrawn and expired",
)  # fmt: skip
