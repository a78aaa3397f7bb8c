"""Filter by whether a voice is the account's own or in the public catalogue."""

from voices.library.filters.base import TextFilter
from voices.library.labels import OWNERSHIP

FILTER = TextFilter(
    name="ownership", label="Ownership", position=80, column="ownership", max_length=40, choices=OWNERSHIP
)
