"""The library's filters: one object per filter, and the values requested by a URL."""

from voices.library.filters.base import ANY, NONE, FacetValue, Filter
from voices.library.filters.registry import filters as all_filters
from voices.library.filters.request import Filters, clean_query, parse, parse_query

__all__ = [
    "ANY",
    "NONE",
    "FacetValue",
    "Filter",
    "Filters",
    "all_filters",
    "clean_query",
    "parse",
    "parse_query",
]
