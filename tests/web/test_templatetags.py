"""Times, durations, waveforms, languages and fields as templates show them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.utils.html import escape

from voices.models import Voice
from voices.templatetags import studio

NOW = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=45), "6 Jul 2026"),
    ],
)
def test_age_is_shown_in_its_largest_unit(age: timedelta, text: str) -> None:
    assert f">{text}<" in studio.since(NOW - age, NOW)


def test_relative_time_contains_the_exact_time() -> None:
    shown = studio.since(NOW, NOW)
    assert 'datetime="2026-08-20T12:00:00+00:00"' in shown
    assert 'title="2026-08-20 12:00 UTC"' in shown


def test_missing_time_is_empty() -> None:
    assert studio.since(None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0:00"),
        (-1, "0:00"),
        (9.5, "0:09"),
        (33.6, "0:33"),
        (33.997, "0:34"),
        (3723, "1:02:03"),
    ],
)
def test_duration_is_formatted_like_a_player(seconds: float | None, text: str) -> None:
    assert studio.duration(seconds) == text


@pytest.mark.parametrize(("rate", "text"), [(None, ""), (0, ""), (16000, "16 kHz"), (44100, "44.1 kHz")])
def test_sample_rate_is_formatted_in_kilohertz(rate: int | None, text: str) -> None:
    assert studio.kilohertz(rate) == text


def test_waveform_has_a_bar_per_peak_within_its_box() -> None:
    path = studio.waveform([0, 50, 100, 900])
    assert path == "M2 48.5V51.5M6 27V73M10 4V96M14 4V96"
    assert studio.wave_box([0, 50, 100, 900]) == "0 0 16 100"


@pytest.mark.parametrize("peaks", [None, [], ()])
def test_waveform_without_peaks_is_an_empty_valid_box(peaks: Any) -> None:
    assert studio.waveform(peaks) == ""
    assert studio.wave_box(peaks) == "0 0 4 100"


@pytest.mark.parametrize(
    ("tag", "shown"), [("en-US", "🇺🇸"), ("EN_us", "🇺🇸"), ("en", ""), ("", ""), (None, "")]
)
def test_a_flag_is_that_of_the_region(tag: str | None, shown: str) -> None:
    assert studio.flag(tag) == shown


@pytest.mark.parametrize(
    ("label", "tag", "shown"),
    [
        ("🇺🇸 English (United States)", "en-US", ("🇺🇸", "English (United States)")),
        ("", "de-DE", ("🇩🇪", "German (Germany)")),
        ("", "tlh", ("", "Klingon")),
        ("", "ar-XA", ("", "Arabic (XA)")),
        ("🇽🇦 Arabic", "ar-XA", ("", "Arabic")),
        ("", "qqq", ("", "qqq")),
        ("", "", ("", "")),
    ],
)
def test_language_shows_altheas_label_or_its_tag(label: str, tag: str, shown: tuple[str, str]) -> None:
    voice = Voice(language_label=label, primary_language=tag)
    assert (studio.voice_flag(voice), studio.voice_language(voice)) == shown


def test_a_language_has_a_name_or_stays_a_tag() -> None:
    assert studio.language_name("de-AT") == "German (Austria)"
    assert studio.language_name("zh-Hant-TW") == "Chinese (Traditional, Taiwan)"
    assert studio.language_name("de-Liechtenstein") == "de-Liechtenstein"
    assert studio.language_name(None) == ""
    assert studio.choice_tag("DE_at") == "de-AT"
    assert studio.choice_tag("de-LI") == ""
    assert studio.choice_tag(None) == ""


@pytest.mark.parametrize(("name", "letter"), [(" ada", "A"), ("", "?"), (None, "?"), ("é", "É")])
def test_avatar_shows_the_first_letter(name: str | None, letter: str) -> None:
    assert studio.initial(name) == letter


def test_avatar_palette_depends_on_the_id() -> None:
    assert studio.palette("a") == studio.palette("a")
    assert all(0 <= studio.palette(number) < 12 for number in range(200))


def test_icon_is_hidden_from_readers_and_uses_the_sprite() -> None:
    shown = Template("{% load studio %}{% icon 'play' %}").render(Context())
    assert 'aria-hidden="true"' in shown
    assert "#play" in shown


class NameForm(forms.Form):
    """One field, for the tests below."""

    name = forms.CharField(help_text="Short.")


def shown_widget(form: forms.Form, **attrs: str) -> str:
    """The name field's control."""
    return studio.widget(form["name"], **attrs)


def test_field_refers_to_its_help_and_error() -> None:
    assert 'aria-describedby="name-help"' in shown_widget(NameForm())
    wrong = shown_widget(NameForm({}))
    assert 'aria-describedby="name-help name-error"' in wrong
    assert 'aria-invalid="true"' in wrong


def test_field_attributes_of_a_template_are_escaped() -> None:
    shown = shown_widget(NameForm(), data_most="40", placeholder='"><b>', title="")
    assert 'data-most="40"' in shown
    assert escape('"><b>') in shown
    assert "title" not in shown


def test_field_refers_to_help_in_the_template() -> None:
    field = SimpleNamespace(
        name="key",
        help_text="",
        errors=[],
        as_widget=lambda attrs: " ".join(f"{k}={v}" for k, v in attrs.items()),
    )
    assert studio.widget(field, help="yes") == "aria-describedby=key-help"  # type: ignore[arg-type]  # a stand-in
