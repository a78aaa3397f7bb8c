"""A comparison of voices: a row for each fact or setting, with the value of every voice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from voices.library.labels import BILLING
from voices.models import Voice
from voices.providers.base import Field, Provider
from voices.providers.models import find_ageing
from voices.providers.registry import describe_definition, provider_name, providers
from voices.providers.wording import value_in_words, with_unit

MIN_VOICES, MAX_VOICES = 2, 4


@dataclass(frozen=True)
class Row:
    """A fact or a setting, with the value of each voice; "" for a voice without one."""

    label: str
    cells: tuple[tuple[Voice, str], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The values, in the order of the voices."""
        return tuple(value for _, value in self.cells)

    @property
    def differs(self) -> bool:
        """Whether the voices have different values."""
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class Section:
    """Rows that belong together."""

    label: str
    rows: tuple[Row, ...]


def compare(voices: Sequence[Voice], *, today: date, only_differences: bool = False) -> list[Section]:
    """Return the facts and the settings of the voices, row by row; no queries if accounts, owners and tags are loaded.

    For a setting that a voice lacks, the value is its engine's default, if the engine has such a setting.
    """
    settings = [_settings(voice) for voice in voices]
    labels = dict.fromkeys(label for column in settings for label in column)
    for voice, column in zip(voices, settings, strict=True):
        own = dict(_fields(voice))
        column |= {label: "Default" for label in labels if label in own and label not in column}
    sections = [
        Section("Voice", _rows(voices, [_facts(voice, today) for voice in voices])),
        Section("Settings", _rows(voices, settings)),
    ]
    if only_differences:
        sections = [Section(one.label, tuple(row for row in one.rows if row.differs)) for one in sections]
    return [one for one in sections if one.rows]


def _rows(voices: Sequence[Voice], columns: Sequence[Mapping[str, str]]) -> tuple[Row, ...]:
    """Return a row for each label that any voice has a value for, in the order of the voices."""
    labels = dict.fromkeys(label for column in columns for label, value in column.items() if value)
    values = {label: [column.get(label, "") for column in columns] for label in labels}
    return tuple(Row(label, tuple(zip(voices, values[label], strict=True))) for label in labels)


def _facts(voice: Voice, today: date) -> dict[str, str]:
    ageing = find_ageing(voice.model)
    return {
        "Engine": provider_name(voice.provider),
        "Language": voice.language_label or voice.primary_language,
        "Description": voice.description,
        "Stage": str(voice.get_stage_display()),
        "Tags": ", ".join(sorted(tag.name for tag in voice.tags.all())),
        "Model status": f"{voice.model} {ageing.in_words(today)}" if ageing else "",
        "Billing": BILLING.get(voice.billing_style, voice.billing_style),
        "Account": voice.account.name,
        "Added by": voice.added_by.shown_name if voice.added_by else "",
    }


def _settings(voice: Voice) -> dict[str, str]:
    """Return the values of the voice's settings by their labels; of several with one label, all values."""
    found: dict[str, str] = {}
    for _, rows in describe_definition(voice.definition):
        for label, value in rows:
            found[label] = f"{found[label]}, {value}" if label in found else value
    # An explicit default equals an omitted setting.
    for label, field in _fields(voice):
        if field.default is not None and found.get(label) == value_in_words(field.default, field):
            found[label] = f"{with_unit(field.default, field)} (default)"
    return found


def _fields(voice: Voice) -> Iterator[tuple[str, Field]]:
    """Yield the settings that the voice's engine has, each with its label."""
    for provider in (providers()[key] for key in voice.definition if key in providers()):
        yield from ((_label(provider, field), field) for field in provider.entries)


def _label(provider: Provider, field: Field) -> str:
    """Return the label as `describe_definition` has it, below that of the object that contains the setting."""
    above = provider.find(field.name.rpartition(".")[0])
    return f"{above.label} › {field.label}" if above else field.label
