"""Ratings: where good ends, what people are told, and that a measure is one file."""

from dataclasses import replace

import pytest

from voices.audio.report.facts import Report
from voices.audio.report.measures import all_measures
from voices.audio.report.ratings import Level, Rating, is_silent, is_too_little_speech, rate_report

GOOD, FAIR, POOR = Level.GOOD, Level.FAIR, Level.POOR
REPORT = Report(
    version=1, seconds=50.0, speech_seconds=40.0, silence_share=0.2, loudness=-20.0, peak=-3.0, clipping=0.0,
    crest=15.0, snr=45.0, bandwidth=12_000.0, mono_loss=None, modulation=35.0,
)  # fmt: skip


def rating_of(key: str, **facts: float | None) -> Rating:
    return next(one for one in rate_report(replace(REPORT, **facts)).measures if one.key == key)


def test_measures_are_in_the_order_of_the_page() -> None:
    assert [measure.key for measure in all_measures()] == [
        "speech", "pauses", "noise", "clipping", "crest", "loudness", "bandwidth", "mono", "modulation",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "fact", "value", "level", "shown"),
    [
        ("speech", "speech_seconds", 25, GOOD, "25 s"),
        ("speech", "speech_seconds", 24.9, FAIR, "24 s"),
        ("speech", "speech_seconds", 10, FAIR, "10 s"),
        ("speech", "speech_seconds", 9.4, POOR, "9 s"),
        ("pauses", "silence_share", 0.35, GOOD, "35% of the recording"),
        ("pauses", "silence_share", 0.6, FAIR, "60% of the recording"),
        ("pauses", "silence_share", 0.61, POOR, "61% of the recording"),
        ("noise", "snr", 30, GOOD, "30 dB below the voice"),
        ("noise", "snr", 18, FAIR, "18 dB below the voice"),
        ("noise", "snr", 17, POOR, "17 dB below the voice"),
        ("noise", "snr", None, FAIR, "Not measured"),
        ("clipping", "clipping", 0, GOOD, "None"),
        ("clipping", "clipping", 0.0002, GOOD, "0.02% of the time"),
        ("clipping", "clipping", 0.003, FAIR, "0.30% of the time"),
        ("clipping", "clipping", 0.031, POOR, "3.10% of the time"),
        ("crest", "crest", 11, GOOD, "11 dB above the voice"),
        ("crest", "crest", 8, FAIR, "8 dB above the voice"),
        ("crest", "crest", 7.9, POOR, "8 dB above the voice"),
        ("loudness", "loudness", -28, GOOD, "−28 LUFS"),
        ("loudness", "loudness", -14, GOOD, "−14 LUFS"),
        ("loudness", "loudness", -38, FAIR, "−38 LUFS"),
        ("loudness", "loudness", -8, FAIR, "−8 LUFS"),
        ("loudness", "loudness", -50, POOR, "−50 LUFS"),
        ("loudness", "loudness", -6, POOR, "−6 LUFS"),
        ("bandwidth", "bandwidth", 7_500, GOOD, "Up to 7.5 kHz"),
        ("bandwidth", "bandwidth", 4_500, FAIR, "Up to 4.5 kHz"),
        ("bandwidth", "bandwidth", 3_400, POOR, "Up to 3.4 kHz"),
        ("mono", "mono_loss", 0, GOOD, "0 dB lost in mono"),
        ("mono", "mono_loss", 6, FAIR, "6 dB lost in mono"),
        ("mono", "mono_loss", 20, POOR, "20 dB lost in mono"),
        ("modulation", "modulation", 12, GOOD, "12 dB"),
        ("modulation", "modulation", 5, POOR, "5 dB"),
    ],
)
def test_each_measure_says_where_good_ends(
    key: str, fact: str, value: float | None, level: Level, shown: str
) -> None:
    rating = rating_of(key, **{fact: value})
    assert (rating.level, rating.value) == (level, shown)
    assert (rating.advice == "") == (rating.fault == "") == (level is GOOD)


def test_a_mono_recording_has_no_rating_of_its_channels() -> None:
    assert "mono" not in [one.key for one in rate_report(REPORT).measures]


def test_advice_fits_what_is_wrong() -> None:
    assert rating_of("loudness", loudness=-45).advice.startswith("Move closer")
    assert rating_of("loudness", loudness=-5).advice.startswith("Lower the level")
    assert rating_of("noise", snr=None).advice.startswith("There are no pauses")
    assert rating_of("speech", speech_seconds=12).advice.startswith("There are only 12 seconds")


def test_the_whole_is_as_good_as_its_worst_measure() -> None:
    def whole(**facts: float | None) -> tuple[Level, str]:
        ratings = rate_report(replace(REPORT, **facts))
        return ratings.overall, ratings.advice

    assert whole() == (GOOD, "This recording should clone well.")
    assert whole(snr=25) == (
        FAIR,
        "This recording can be cloned, but won't sound its best because of background noise.",
    )
    assert whole(snr=None)[1].endswith("because of noise that could not be measured.")
    assert whole(snr=10, clipping=0.1, crest=5, loudness=-30) == (
        POOR,
        "This recording won't clone well because of background noise, clipping and flattened peaks.",
    )


def test_refusals_are_for_silence_and_too_little_speech() -> None:
    assert is_silent(replace(REPORT, loudness=-70.0))
    assert not is_silent(replace(REPORT, loudness=-69.9))
    assert is_too_little_speech(replace(REPORT, speech_seconds=2.99))
    assert not is_too_little_speech(replace(REPORT, speech_seconds=3.0))
