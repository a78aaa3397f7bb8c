"""Voices side by side: what each row says of every voice, and whether they differ in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from voices.library.labels import BILLING
from voices.models import Voice
from voices.providers.registry import describe_definition, provider_name

FEWEST, MOST = 2, 4


@dataclass(frozen=True)
class Row:
    """A fact or a setting with each voice and its value; "" for a voice that has none."""

    label: str
    cells: tuple[tuple[Voice, str], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The values, in the order of the voices."""
        return tuple(value for _, value in self.cells)

    @property
    def differs(self) -> bool:
        """Whether the voices do not all have the same."""
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class Section:
    """Rows that belong together."""

    label: str
    rows: tuple[Row, ...]


def compare(voices: Sequence[Voice], *, only_differences: bool = False) -> list[Section]:
    """Return the facts and the settings of the voices, row by row; no queries if `account` and tags are loaded."""
    sections = [
        Section("Voice", _rows(voices, [_facts(voice) for voice in voices])),
        Section("Settings", _rows(voices, [_settings(voice) for voice in voices])),
    ]
    if only_differences:
        sections = [Section(one.label, tuple(row for row in one.rows if row.differs)) for one in sections]
    return [one for one in sections if one.rows]


def _rows(voices: Sequence[Voice], columns: Sequence[Mapping[str, str]]) -> tuple[Row, ...]:
    """Return a row for each label that any voice has a value for, in the order of the voices."""
    labels = dict.fromkeys(label for column in columns for label, value in column.items() if value)
    values = {label: [column.get(label, "") for column in columns] for label in labels}
    return tuple(Row(label, tuple(zip(voices, values[label], strict=True))) for label in labels)


def _facts(voice: Voice) -> dict[str, str]:
    return {
        "Engine": provider_name(voice.provider),
        "Language": voice.language_label or voice.primary_language,
        "Description": voice.description,
        "Stage": str(voice.get_stage_display()),
        "Tags": ", ".join(sorted(tag.name for tag in voice.tags.all())),
        "Billing": BILLING.get(voice.billing_style, voice.billing_style),
        "Account": voice.account.name,
        "Added by": voice.added_by.shown_name if voice.added_by else "",
    }


def _settings(voice: Voice) -> dict[str, str]:
    found: dict[str, str] = {}
    for _, rows in describe_definition(voice.definition):
        found |= _numbered(rows)
    return found


def _numbered(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the rows by their label; of several with one label, all values."""
    found: dict[str, str] = {}
    for label, value in rows:
        found[label] = f"{found[label]}, {value}" if label in found else value
    return found
