"""Template tags and filters for icons, times, durations, waveforms, languages and form fields."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from voices.audio.wording import length, megabytes
from voices.kit import languages
from voices.providers.registry import provider_name

register = template.Library()

LEVEL_ICONS = {"good": "check", "fair": "minus", "poor": "warning"}
WAVE_STEP, WAVE_HEIGHT = 4, 100
SHORT_REGIONS = {"GB": "UK"}  # as people there say
MINUTE, HOUR, DAY = 60, 3600, 86400
SELECTED = mark_safe(" selected")  # a fixed attribute
_BEFORE_FLAG_A, _AFTER_FLAG_Z = 0x1F1E5, 0x1F200


class Spoken(Protocol):
    """An object with a language: a voice, or a row of one."""

    @property
    def primary_language(self) -> str:
        """The BCP 47 tag, or "" if not given."""

    @property
    def language_label(self) -> str:
        """Althea's label, with a flag."""


@register.simple_tag
@cache  # a library page renders 150 of them, and each looks up the sprite's URL in the manifest
def icon(name: str) -> SafeString:
    """Render an icon of the sprite, hidden from screen readers: its control has the text."""
    sprite = static("img/icons.svg")
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', sprite, name
    )


@register.simple_tag
def level_mark(level: str) -> SafeString:
    """Render the mark of a rating: its shape tells good, fair and poor apart, as its colour does."""
    return format_html('<span class="level-mark {}">{}</span>', level, icon(LEVEL_ICONS[level]))


def _ago(seconds: float) -> str:
    """Return the age in the largest unit that fits; "" from a month on, when the date says more."""
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min ago"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h ago"
    days = int(seconds // DAY)
    if days == 1:
        return "yesterday"
    return f"{days} days ago" if days < 30 else ""


def _relative(value: datetime, now: datetime) -> str:
    shown = timezone.localtime(value)
    return _ago((now - value).total_seconds()) or f"{shown.day} {shown:%b %Y}"


@register.filter
def since(value: datetime | None, now: datetime | None = None) -> SafeString | str:
    """Render a <time> relative to now with the exact time on hover; "" for None."""
    if value is None:
        return ""
    exact = f"{timezone.localtime(value):%Y-%m-%d %H:%M %Z}"
    text = _relative(value, now or timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, text)


@register.filter
def duration(seconds: float | None) -> str:
    """Return seconds as a player shows them, `0:34` or `1:02:03`; "" for None."""
    if seconds is None:
        return ""
    # Rounded down, as by `length_text`: nothing is told as longer than it is.
    whole = max(0, int(seconds + 0.005))
    hours, rest = divmod(whole, HOUR)
    minutes, last = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{last:02}" if hours else f"{minutes}:{last:02}"


register.filter("length_text", length)
register.filter("size_text", megabytes)


@register.filter
def kilohertz(rate: float | None) -> str:
    """Return a sampling rate in Hz as `44.1 kHz`; "" for None."""
    return f"{rate / 1000:g} kHz" if rate else ""


def _bar(place: int, peak: float) -> str:
    half = max(1.5, min(float(peak), 100.0) * 0.46)
    middle = WAVE_HEIGHT / 2
    return f"M{place * WAVE_STEP + WAVE_STEP // 2} {middle - half:g}V{middle + half:g}"


@register.filter
def waveform(peaks: Sequence[float] | None) -> str:
    """Return the SVG path of the peaks (0 to 100), one bar each, 4 units wide in a box 100 high."""
    return "".join(_bar(place, peak) for place, peak in enumerate(peaks or ()))


@register.filter
def wave_box(peaks: Sequence[float] | None) -> str:
    """Return the viewBox of the path of `waveform`."""
    return f"0 0 {max(1, len(peaks or ())) * WAVE_STEP} {WAVE_HEIGHT}"


@register.filter
def flag(tag: str | None) -> str:
    """Return the flag of a language tag's region, or "" without one."""
    found = languages.find(tag or "")
    return found.flag if found else ""


def _is_flag(letter: str) -> bool:
    return _BEFORE_FLAG_A < ord(letter) < _AFTER_FLAG_Z


@register.filter
def voice_flag(voice: Spoken) -> str:
    """Return the flag in Althea's label of the language, else that of the tag's region; "" without one."""
    return languages.flag_in(voice.language_label) or flag(voice.primary_language)


@register.filter
def voice_language(voice: Spoken) -> str:
    """Return the language's name without a flag: Althea's label, else by the tag; "" if not given."""
    sent = "".join(letter for letter in voice.language_label if not _is_flag(letter)).strip()
    found = languages.find(voice.primary_language)
    return sent or (found.name if found else voice.primary_language)


@register.filter
def short_language(voice: Spoken) -> str:
    """Return a short name for lists: `English (US)`, but `Japanese`, as it has only one region."""
    base, _, region = languages.normalise(voice.primary_language).partition("-")
    found = languages.find(base)
    if found is None:
        return voice_language(voice)
    return f"{found.name} ({SHORT_REGIONS.get(region, region)})" if region in _regions(base) else found.name


@cache
def _regions(base: str) -> frozenset[str]:
    """Return the regions of a language if it has several."""
    known = frozenset(
        one.tag.partition("-")[2] for one in languages.choices() if one.tag.startswith(f"{base}-")
    )
    return known if len(known) > 1 else frozenset()


@register.filter
def provider_label(name: str) -> str:
    """Return a provider's name as the provider spells it, however Althea does."""
    return provider_name(name)


@register.filter
def language_name(tag: str | None) -> str:
    """Return the English name of a tag, or the tag itself if it is unknown."""
    found = languages.find(tag or "")
    return found.name if found else tag or ""


@register.filter
def own_language_name(tag: str | None) -> str:
    """Return the name that a language has in itself, or the tag if it is unknown."""
    found = languages.find(tag or "")
    return found.native if found else tag or ""


@register.filter
@cache  # the same for everybody; rendered anew, they would be a third of a form's work
def language_options(tag: str) -> SafeString:
    """Render the languages that a form offers as options, of which `choice_tag`'s is selected."""
    return format_html_join(
        "\n",
        '<option value="{}" data-more="{} {}"{}>{}</option>',
        (
            (one.tag, one.native, one.tag, SELECTED if one.tag == tag else "", one.label)
            for one in languages.choices()
        ),
    )


@register.filter
def choice_tag(tag: str | None) -> str:
    """Return the tag of the option that means the same, or "" if there is none."""
    return languages.choice(tag or "")


@register.filter
def of_key(found: Mapping[Any, Any] | None, key: Any) -> Any:
    """Return what a mapping has under the key; None if nothing."""
    return (found or {}).get(key)


@register.filter
def initial(name: str | None) -> str:
    """Return the first letter of a name, for its avatar."""
    return (name or "?").strip()[:1].upper()


@register.filter
def palette(identity: object) -> int:
    """Return which of the 12 palettes an avatar has; the same id always has the same one."""
    return sum(str(identity).encode()) % 12


def _takes_focus(field: BoundField) -> bool:
    """Whether it is the first field with an error, in a form whose page does not focus a list of them."""
    if not field.errors:
        return False
    form = field.form
    if form.non_field_errors() or getattr(form, "lists_errors", False):
        return False
    return field.name == next(name for name in form.fields if name in form.errors)


@register.simple_tag
def widget(field: BoundField, **attrs: Any) -> SafeString:
    """Render a field's control, linked to its help and errors by id; `data_most` becomes `data-most`."""
    attributes: dict[str, Any] = {
        name.replace("_", "-"): str(value) for name, value in attrs.items() if value not in {None, ""}
    }
    ids = [f"{field.name}-help"] * bool(field.help_text or "help" in attributes)
    ids += [f"{field.name}-error"] * bool(field.errors)
    attributes.pop("help", None)
    if _takes_focus(field):
        attributes["autofocus"] = True
    if ids:
        attributes["aria-describedby"] = " ".join(ids)
    return mark_safe(field.as_widget(attrs=attributes))  # noqa: S308  # Django's own widget templates escape
