"""Filter by language. A language includes all its regions; a region includes voices without any region."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from re import compile as compile_pattern
from typing import Any

from voices.kit import languages
from voices.library.filters.base import NONE, Accepted, FacetValue, Filter
from voices.library.labels import NOT_GIVEN, flag_of, language_name

_TAG = compile_pattern(r"[A-Za-z0-9]{1,8}([-_][A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, kw_only=True)
class LanguageFilter(Filter):
    """A filter by BCP 47 tags."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The language's subtag, and the whole tag in normal form."""
        return "language", "language_tag"

    def clean(self, value: str) -> str:
        """Return the tag in its normal form, as the columns have it: "cmn-CN" asks for the same as "zh-CN"."""
        if value == NONE:
            return value
        tag = languages.normalise(value) if _TAG.fullmatch(value) else ""
        return tag if len(tag) <= languages.MAX_TAG else ""

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return the languages that pass with all their regions, and the tags that pass alone.

        A region falls back: it accepts its own tag and what is said to be of the language, and no more.
        """
        whole, exact = set(), set()
        for tag in values:
            first, *rest = tag.split("-")
            if rest:
                exact |= {"-".join([first, *rest[:length]]) for length in range(len(rest) + 1)}
            else:
                whole.add("" if tag == NONE else _subtag(tag))
        accepted = {"language": frozenset(whole), "language_tag": frozenset(exact)}
        return {column: tags for column, tags in accepted.items() if tags}

    def row_of(self, stored: Any) -> Mapping[str, Any]:
        """Return both columns, the subtag derived from the tag."""
        return {"language": _subtag(stored), "language_tag": stored}

    def roll_up(self, counts: Counter[Any]) -> Counter[Any]:
        """Add each language's count, that of its regions among it."""
        whole = Counter[str]()
        for tag, number in counts.items():
            whole[_subtag(tag)] += number
        return whole + Counter({tag: number for tag, number in counts.items() if "-" in tag})

    def label_of(self, value: str) -> str:
        """Return the language's English name."""
        return NOT_GIVEN if value == NONE else language_name(value)

    def facet_value(self, value: str, label: str, count: int | None, *, chosen: bool) -> FacetValue:
        """Return the value with the flag of its region."""
        return FacetValue(value, label, count, chosen, flag_of(value), is_region="-" in value)

    def arrange(self, values: list[FacetValue]) -> Iterable[FacetValue]:
        """Return languages, each with its regions beneath where there are several or one is chosen."""
        return _nested(values)


def _subtag(tag: str) -> str:
    return tag.partition("-")[0].lower()[:8]


def _nested(ranked: list[FacetValue]) -> Iterator[FacetValue]:
    regions = defaultdict[str, list[FacetValue]](list)
    for value in ranked:
        if value.is_region:
            regions[_subtag(value.value)].append(value)
    for value in ranked:
        if not value.is_region:
            beneath = regions.pop(value.value, [])
            yield value
            if len(beneath) > 1 or any(one.chosen for one in beneath):
                yield from beneath
    for base in sorted(regions):
        yield from regions[base]


FILTER = LanguageFilter(
    name="language", label="Language", position=10, column="language_tag", has_own_chip=True
)
