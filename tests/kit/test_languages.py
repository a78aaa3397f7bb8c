"""Tags are compared in one form, every choice reads well, and strangers' tags do no harm."""

import langcodes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voices.kit.languages import choice, choices, find, is_valid, label, normalise, read


def test_language_choice_is_wide_and_has_regions() -> None:
    tags = {language.tag for language in choices()}
    assert len(choices()) == len(tags) == 150
    assert {"en", "en-US", "en-GB", "de", "de-DE", "pt-BR", "zh-CN", "es-419", "fil"} <= tags


def test_every_choice_is_valid_and_named() -> None:
    for language in choices():
        assert is_valid(language.tag), language
        assert normalise(language.tag) == language.tag
        assert language.name.strip() and language.native.strip()
        assert language.name.isprintable() and language.native.isprintable()


def test_names_are_unique_and_regions_follow_their_language() -> None:
    assert len({language.name for language in choices()}) == len(choices())
    seen: list[str] = []
    for language in choices():
        base = language.tag.partition("-")[0]
        assert base == language.tag or base in seen, language
        seen.append(language.tag)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("EN-us", "en-US"),
        ("en_us", "en-US"),
        (" De ", "de"),
        ("ZH-hANT-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("FIL", "fil"),
        ("cmn-CN", "zh-CN"),
        ("cmn-Hans-CN", "zh-Hans-CN"),
        ("arb", "ar"),
        ("iw", "he"),
        ("iw-IL", "he-IL"),
        ("in", "id"),
        ("ji", "yi"),
        ("mo", "ro"),
        ("sh", "sr-Latn"),
        ("zh-yue-HK", "yue-HK"),
        ("en-Latn-US", "en-US"),
        ("deu", "de"),
        ("", ""),
        ("-", "-"),
        ("English", "English"),
    ],
)
def test_tags_of_one_language_have_one_normal_form(written: str, normal: str) -> None:
    assert normalise(written) == normal


@settings(max_examples=60)
@given(st.from_regex(r"[A-Za-z0-9]{1,8}([-_][A-Za-z0-9]{1,8}){0,3}", fullmatch=True))
def test_normal_form_is_stable(tag: str) -> None:
    assert normalise(normalise(tag)) == normalise(tag)
    assert label(tag)


@pytest.mark.parametrize(
    "tag", ["en", "en-US", "zh-Hant-TW", "es-419", "fil", "yue", "sr-Latn", "haw", "tlh", "ar-XA"]
)
def test_known_languages_in_normal_form_are_valid(tag: str) -> None:
    assert is_valid(tag)


STRANGE = [
    "e",
    "EN",
    "en-us",
    "en_US",
    "iw",
    "cmn-CN",
    "xx",
    "qqq",
    "english",
    "en-",
    "-US",
    "en-USA",
    "en-JJ",
    "en-US-x-a",
    "zh-yue-HK",
    "\u0435n",
    "fil-Latn-PH",
]


@pytest.mark.parametrize("tag", [*STRANGE, "", "en\n", "en-U\x00", "e" * 10_000])
def test_other_language_tags_are_invalid(tag: str) -> None:
    assert not is_valid(tag)


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("en-US", "🇺🇸 English (United States)"),
        ("en_us", "🇺🇸 English (United States)"),
        ("de", "German"),
        ("en-ZW", "🇿🇼 English (Zimbabwe)"),
        ("cmn-CN", "🇨🇳 Chinese (China)"),
        ("zh-Hant-TW", "🇹🇼 Chinese (Traditional, Taiwan)"),
        ("zh-HK", "🇭🇰 Chinese (Hong Kong)"),
        ("zh-Hans", "Chinese (Simplified)"),
        ("sr-Latn", "Serbian (Latin)"),
        ("sh", "Serbian (Latin)"),
        ("iw", "Hebrew"),
        ("bn", "Bengali"),
        ("ar-XA", "Arabic (XA)"),
        ("sq-XK", "🇽🇰 Albanian (Kosovo)"),
        ("en-999", "English (ZZ)"),
        ("es-419", "Spanish (Latin America)"),
        ("ca-valencia", "Catalan (valencia)"),
        ("tlh", "Klingon"),
        ("qqq", "qqq"),
        ("nonsense", "nonsense"),
        ("", ""),
        ("e" * 36, "e" * 36),
    ],
)
def test_language_label_is_parsed_as_far_as_known(tag: str, shown: str) -> None:
    assert label(tag) == shown


def test_languages_have_native_names() -> None:
    natives = {tag: found.native for tag in ("ja", "fa", "zh-TW") if (found := find(tag))}
    assert natives == {"ja": "日本語", "fa": "فارسی", "zh-TW": "中文（台灣）"}


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("de-de", "de-DE"),
        ("iw", "he"),
        ("German (Germany)", "de-DE"),
        ("🇩🇪 German (Germany)", "de-DE"),
        (" bengali ", "bn"),
        ("Deutsch", "de"),
        ("日本語", "ja"),
        ("Klingon", "tlh"),
        ("xx-nonsense", ""),
        ("<b>", ""),
        ("12", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_a_language_is_read_by_tag_or_name(typed: str, tag: str) -> None:
    assert read(typed) == tag


def test_a_choice_is_found_by_any_spelling() -> None:
    assert [choice(tag) for tag in ("cmn-cn", "EN_gb", "iw", "sr-Latn", "")] == [
        "zh-CN",
        "en-GB",
        "he",
        "",
        "",
    ]


def test_strangers_tags_do_not_fill_the_memory() -> None:
    for number in range(1_100):
        normalise(f"en-x-{number}")
    assert len(langcodes.Language._PARSE_CACHE) < 1_010
