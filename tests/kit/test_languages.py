"""Every choice is a valid tag that reads well, and strangers' tags do no harm."""

import pytest

from voices.kit.languages import LANGUAGES, find, is_valid, label, normalise
from voices.kit.subtags import REGISTERED


def test_language_choice_is_wide_and_has_regions() -> None:
    tags = {language.tag for language in LANGUAGES}
    assert len(LANGUAGES) == len(tags) >= 90
    assert {"en", "en-US", "en-GB", "de", "de-DE", "pt-BR", "zh-CN", "es-419", "fil"} <= tags


def test_every_choice_is_valid_and_named() -> None:
    for language in LANGUAGES:
        assert is_valid(language.tag), language
        assert normalise(language.tag) == language.tag
        assert language.name.strip() and language.native.strip()
        assert language.name.isprintable() and language.native.isprintable()


def test_names_are_unique_and_regions_follow_their_language() -> None:
    assert len({language.name for language in LANGUAGES}) == len(LANGUAGES)
    seen: list[str] = []
    for language in LANGUAGES:
        base = language.tag.partition("-")[0]
        assert base == language.tag or base in seen, language
        seen.append(language.tag)


def test_a_flag_comes_with_a_region_only() -> None:
    assert {tag: find(tag).flag for tag in ("en-US", "de-DE", "en", "es-419", "zh-Hant")} == {  # type: ignore[union-attr]  # known tags
        "en-US": "🇺🇸",
        "de-DE": "🇩🇪",
        "en": "",
        "es-419": "",
        "zh-Hant": "",
    }


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("EN-us", "en-US"),
        ("en_us", "en-US"),
        (" De ", "de"),
        ("ZH-hANT-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("FIL", "fil"),
        ("", ""),
        ("-", "-"),
    ],
)
def test_tags_are_written_in_the_usual_way(written: str, usual: str) -> None:
    assert normalise(written) == usual


@pytest.mark.parametrize(
    "tag", ["en", "en-US", "zh-Hant-TW", "es-419", "fil", "yue", "sr-Latn", "haw", "tlh"]
)
def test_known_languages_in_the_usual_writing_are_valid(tag: str) -> None:
    assert is_valid(tag)


STRANGE = [
    "e",
    "EN",
    "en-us",
    "en_US",
    "xx",
    "qqq",
    "english",
    "en-",
    "-US",
    "en-USA",
    "en-US-x-a",
    "zh-yue-HK",
    "\u0435n",
    "fil-Latn-PH",
]


@pytest.mark.parametrize("tag", [*STRANGE, "", "en\n", "en-U\x00", "e" * 10_000])
def test_malformed_language_tags_are_invalid(tag: str) -> None:
    assert not is_valid(tag)


@pytest.mark.parametrize(
    ("tag", "read"),
    [
        ("en-US", "🇺🇸 English (United States)"),
        ("en_us", "🇺🇸 English (United States)"),
        ("de", "German"),
        ("en-ZW", "🇿🇼 English (ZW)"),
        ("sr-Latn", "Serbian (Latn)"),
        ("en-999", "English (999)"),
        ("tlh", "tlh"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_language_label_is_parsed_as_far_as_known(tag: str, read: str) -> None:
    assert label(tag) == read


def test_the_registered_subtags_are_well_formed() -> None:
    assert all(code.isascii() and code.islower() and len(code) in {2, 3} for code in REGISTERED)
    assert len(REGISTERED) > 450
