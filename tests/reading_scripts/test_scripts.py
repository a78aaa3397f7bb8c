"""Reading scripts: a calm minute each, in their own writing, with the letters that stand for their sounds."""

import re
import unicodedata

import pytest

from voices.kit import languages
from voices.reading_scripts.registry import ReadingScript, find_reading_script, reading_scripts

# Tag -> (words, or letters where words are not counted, of a calm minute; its writing; letters that must occur).
EXPECTED: dict[str, tuple[range, str, str]] = {
    "ar": (range(95, 121), "ARABIC", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"),
    "de": (range(105, 141), "LATIN", "abcdefghijklmnoprstuvwzäöüß"),
    "en": (range(115, 151), "LATIN", "abcdefghijklmnopqrstuvwxyz"),
    "es": (range(120, 161), "LATIN", "abcdefghijlmnñopqrstuvxyzáéíóú"),
    "fr": (range(120, 161), "LATIN", "abcdefghijlmnopqrstuvzàâçèéêœ"),
    "hi": (range(115, 156), "DEVANAGARI", "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह"),
    "it": (range(110, 151), "LATIN", "abcdefghilmnopqrstuvzàèù"),
    "ja": (
        range(220, 331),
        "CJK HIRAGANA KATAKANA",
        "かがきけさざしすただちつとなにのはばひふまみめもやよらりるわん",
    ),
    "ko": (range(210, 301), "HANGUL", "깻따빵쯤싱"),
    "nl": (range(120, 161), "LATIN", "abcdefghijklmnoprstuvwz"),
    "pl": (range(95, 136), "LATIN", "abcdefghijklmnoprstuwyząćęłńóśźż"),
    "pt-BR": (range(115, 151), "LATIN", "abcdefghijlmnopqrstuvxzãáçéêõ"),
    "ru": (range(95, 141), "CYRILLIC", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    "tr": (range(90, 121), "LATIN", "abcçdefgğhıijklmnoöprsştuüvyz"),
    "zh": (range(180, 251), "CJK", "鸟茶鱼风"),
    "zh-Hant": (range(180, 251), "CJK", "鳥茶魚風"),
}
UNSPACED = {"ja", "ko", "zh", "zh-Hant"}


def text_of(script: ReadingScript) -> str:
    return " ".join(script.paragraphs)


def letters_of(script: ReadingScript) -> str:
    return "".join(one for one in text_of(script) if one.isalpha())


def test_every_script_is_in_this_table() -> None:
    assert reading_scripts().keys() == EXPECTED.keys()


@pytest.mark.parametrize("tag", EXPECTED)
def test_a_script_takes_about_a_minute(tag: str) -> None:
    script = reading_scripts()[tag]
    length = len(letters_of(script)) if tag in UNSPACED else len(text_of(script).split())
    assert length in EXPECTED[tag][0]
    assert 2 <= len(script.paragraphs) <= 4


@pytest.mark.parametrize("tag", EXPECTED)
def test_a_script_is_in_its_own_writing(tag: str) -> None:
    _, writing, sounds = EXPECTED[tag]
    script = reading_scripts()[tag]
    names = {unicodedata.name(one).split()[0] for one in letters_of(script)}
    assert names <= set(writing.split())
    assert [one for one in sounds if one not in text_of(script).lower()] == []


@pytest.mark.parametrize("tag", EXPECTED)
def test_a_script_asks_something_and_has_no_digits(tag: str) -> None:
    text = text_of(reading_scripts()[tag])
    assert re.search(r"[?？؟]|ですか|せんか", text)
    assert not re.search(r"\d", text)  # people read a number in words alike
    assert unicodedata.is_normalized("NFC", text) or tag == "hi"


def test_no_two_scripts_are_the_same() -> None:
    paragraphs = [one for script in reading_scripts().values() for one in script.paragraphs]
    assert len(set(paragraphs)) == len(paragraphs)


def test_scripts_are_named_by_tags_in_normal_form() -> None:
    assert [tag for tag in reading_scripts() if not languages.is_valid(tag)] == []


@pytest.mark.parametrize(
    ("language", "tag"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("zh-CN", "zh"),
        ("zh-TW", "zh-Hant"),
        ("cmn-CN", "zh"),
        ("HI_in", "hi"),
        ("yue", None),
        ("sv", None),
        ("", None),
        ("no tag at all", None),
    ],
)
def test_a_region_gets_the_script_of_its_language(language: str, tag: str | None) -> None:
    found = find_reading_script(language)
    assert (found.tag if found else None) == tag


def test_direction_follows_the_writing() -> None:
    rtl = [tag for tag, one in reading_scripts().items() if one.direction == "rtl"]
    assert rtl == ["ar"]
