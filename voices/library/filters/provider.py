"""By the provider whose engine speaks."""

from voices.library.filters.base import TextFilter

FILTER = TextFilter(
    name="provider", label="Provider", position=20, column="provider", max_length=60, has_own_chip=True,
    is_in_search_text=True,
)  # fmt: skip
