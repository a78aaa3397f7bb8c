"""Filter by provider."""

from dataclasses import dataclass

from voices.library.filters.base import TextFilter
from voices.providers.registry import provider_name


@dataclass(frozen=True, kw_only=True)
class ProviderFilter(TextFilter):
    """A filter by names as Althea writes them, shown as the providers write theirs."""

    def label_of(self, value: str) -> str:
        """Return the provider's own spelling."""
        return provider_name(super().label_of(value))


FILTER = ProviderFilter(
    name="provider", label="Provider", position=20, column="provider", max_length=60, has_own_chip=True,
    is_in_search_text=True,
)  # fmt: skip
