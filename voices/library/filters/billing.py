"""Filter by who bills for a voice's speech."""

from voices.library.filters.base import TextFilter
from voices.library.labels import BILLING

FILTER = TextFilter(
    name="billing", label="Billing", position=90, column="billing_style", max_length=60, choices=BILLING
)
