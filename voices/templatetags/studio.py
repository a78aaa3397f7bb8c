"""What templates need beyond Django's own tags: icons, times, durations, waveforms, languages, fields."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from voices.kit import languages
from voices.providers.registry import provider_name

register = template.Library()

WAVE_STEP, WAVE_HEIGHT = 4, 100
SHORT_REGIONS = {"GB": "UK"}  # as people of it say
MINUTE, HOUR, DAY = 60, 3600, 86400
_BEFORE_FLAG_A, _AFTER_FLAG_Z = 0x1F1E5, 0x1F200


class Spoken(Protocol):
    """What has a language: a voice, or a row of one."""

    @property
    def primary_language(self) -> str:
        """Its tag; "" when not given."""

    @property
    def language_label(self) -> str:
        """How Althea labels it, with a flag."""


@register.simple_tag
@cache  # a library page draws 150 of them, and each asks the manifest for the sprite's address
def icon(name: str) -> SafeString:
    """An icon of the sprite, hidden from screen readers: its control carries the words."""
    sprite = static("img/icons.svg")
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', sprite, name
    )


def _ago(seconds: float) -> str:
    """The age in the largest unit that fits; "" from a month on, where the date says more."""
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
    """A <time> that reads relative to now and tells the exact time on hover; "" for no time."""
    if value is None:
        return ""
    exact = f"{timezone.localtime(value):%Y-%m-%d %H:%M %Z}"
    text = _relative(value, now or timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, text)


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as a player shows them, `0:34` or `1:02:03`; "" when unknown."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, HOUR)
    minutes, last = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{last:02}" if hours else f"{minutes}:{last:02}"


@register.filter
def kilobits(bits_per_second: int) -> str:
    """A bit rate as `128 kbit/s`."""
    return f"{bits_per_second / 1000:.0f} kbit/s"


@register.filter
def kilohertz(rate: float | None) -> str:
    """A sampling rate in Hz as people say it, `44.1 kHz`; "" when unknown."""
    return f"{rate / 1000:g} kHz" if rate else ""


def _bar(place: int, peak: float) -> str:
    half = max(1.5, min(float(peak), 100.0) * 0.46)
    middle = WAVE_HEIGHT / 2
    return f"M{place * WAVE_STEP + WAVE_STEP // 2} {middle - half:g}V{middle + half:g}"


@register.filter
def waveform(peaks: Sequence[float] | None) -> str:
    """The path of an SVG: one upright bar a peak (0..100), in a box 4 units a peak wide and 100 high."""
    return "".join(_bar(place, peak) for place, peak in enumerate(peaks or ()))


@register.filter
def wave_box(peaks: Sequence[float] | None) -> str:
    """The viewBox that the path of `waveform` fills."""
    return f"0 0 {max(1, len(peaks or ())) * WAVE_STEP} {WAVE_HEIGHT}"


@register.filter
def flag(tag: str | None) -> str:
    """The flag of a language tag's region; "" without one."""
    found = languages.find(tag or "")
    return found.flag if found else ""


def _is_flag(letter: str) -> bool:
    return _BEFORE_FLAG_A < ord(letter) < _AFTER_FLAG_Z


@register.filter
def voice_flag(voice: Spoken) -> str:
    """The flag that Althea sent with the language, or that of the tag's region; "" without one."""
    sent = "".join(letter for letter in voice.language_label if _is_flag(letter))
    return sent or flag(voice.primary_language)


@register.filter
def voice_language(voice: Spoken) -> str:
    """The language in words, without its flag: as Althea labels it, else by its tag; "" when not given."""
    sent = "".join(letter for letter in voice.language_label if not _is_flag(letter)).strip()
    found = languages.find(voice.primary_language)
    return sent or (found.name if found else voice.primary_language)


@register.filter
def short_language(voice: Spoken) -> str:
    """The language as a list has room for it: `English (US)`, and `Japanese` where one region is all there is."""
    base, _, region = voice.primary_language.partition("-")
    found = languages.find(base)
    if found is None:
        return voice_language(voice)
    return f"{found.name} ({SHORT_REGIONS.get(region, region)})" if region in _regions(base) else found.name


@cache
def _regions(base: str) -> frozenset[str]:
    """The regions of a language that has several."""
    known = frozenset(
        one.tag.partition("-")[2] for one in languages.LANGUAGES if one.tag.startswith(f"{base}-")
    )
    return known if len(known) > 1 else frozenset()


@register.filter
def provider_words(told: str) -> str:
    """A provider's name as it writes it itself, whichever way Althea does."""
    return provider_name(told)


@register.filter
def language_name(tag: str | None) -> str:
    """The English name of a tag; the tag itself when it is not among the choices."""
    found = languages.find(tag or "")
    return found.name if found else tag or ""


@register.filter
def choice_tag(tag: str | None) -> str:
    """The tag, given in any writing, as it stands among the choices; "" when it does not."""
    found = languages.find(tag or "")
    return found.tag if found else ""


@register.filter
def initial(name: str | None) -> str:
    """The first letter of a name, for its face."""
    return (name or "?").strip()[:1].upper()


@register.filter
def palette(identity: object) -> int:
    """Which of the 12 palettes colours the face of anything: the same id always the same one."""
    return sum(str(identity).encode()) % 12


@register.simple_tag
def widget(field: BoundField, **attrs: Any) -> SafeString:
    """The field's control, tied to its help and its error by id; `max_length` becomes `max-length` and so on."""
    told: dict[str, Any] = {
        name.replace("_", "-"): str(value) for name, value in attrs.items() if value not in {None, ""}
    }
    ids = [f"{field.name}-help"] * bool(field.help_text or "help" in told)
    ids += [f"{field.name}-error"] * bool(field.errors)
    told.pop("help", None)
    if ids:
        told["aria-describedby"] = " ".join(ids)
    return mark_safe(field.as_widget(attrs=told))  # noqa: S308  # Django's own widget templates escape
