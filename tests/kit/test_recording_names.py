"""What a file's name says about the voice in it."""

import pytest

from voices.kit.recording_names import guess, is_system_file, shortened, unique_name

FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("file_name", "name", "language"),
    [
        ("anna_de-DE.wav", "Anna", "de-DE"),
        ("Marie (French).m4a", "Marie", "fr"),
        ("03_anna-mueller_de_DE.wav", "Anna Mueller", "de-DE"),
        ("pt_BR joão.wav", "João", "pt-BR"),
        ("Li [zh-Hans].flac", "Li", "zh-Hans"),
        ("español-maría.mp3", "María", "es"),
        ("мария_ru.wav", "Мария", "ru"),
        ("folder/deeper/ben_de.mp3", "Ben", "de"),
        ("C:\\memos\\ben.wav", "Ben", ""),
        ("田中さん.wav", "田中さん", ""),
        (f"{FAMILY} home.wav", f"{FAMILY} Home", ""),
        ("McKay interview.WAV", "McKay Interview", ""),
        ("New Recording 12.m4a", "New Recording", ""),
        ("WhatsApp Audio 2026-11-02 at 09.14.33.ogg", "WhatsApp Audio", ""),
        ("Anna 2026-11-02 um 9.14.33 PM_de.m4a", "Anna", "de"),
        # Codes that are words, and languages that are all there is.
        ("take_no.wav", "Take No", ""),
        ("Anna (new).wav", "Anna New", ""),
        ("Anna (de-LU).wav", "Anna", "de-LU"),
        ("english.wav", "English", "en"),
        ("[de].wav", "De", "de"),
        # Nothing but numbers, or nothing at all.
        ("2026-11-02.wav", "2026 11 02", ""),
        ("___.wav", "", ""),
        ("\u202e\x00.wav", "", ""),
    ],
)
def test_guess_reads_name_and_language(file_name: str, name: str, language: str) -> None:
    assert guess(file_name) == (name, language)


def test_guess_fits_the_longest_name_allowed() -> None:
    assert guess("x" * 300 + ".wav")[0] == "X" + "x" * 39
    assert guess("an announcement for the whole of the northern region.wav")[0] == (
        "An Announcement For The Whole Of The"
    )


def test_unique_name_counts_up_within_the_limit() -> None:
    assert unique_name("Anna", {"Ben"}) == "Anna"
    assert unique_name("Anna", {"Anna", "Anna 2"}) == "Anna 3"
    assert unique_name("a" * 40, {"a" * 40}) == "a" * 38 + " 2"


def test_shortened_leaves_no_dangling_joiner() -> None:
    assert shortened(f"{'a' * 38}{FAMILY}", 40) == "a" * 38 + "👩"


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        (".DS_Store", True),
        ("Thumbs.db", True),
        ("desktop.ini", True),
        ("__MACOSX/anna.wav", True),
        ("memos/._anna.wav", True),
        ("anna.wav", False),
        ("memos/anna.v2.wav", False),
    ],
)
def test_system_files_are_told_from_recordings(path: str, is_one: bool) -> None:
    assert is_system_file(path) is is_one
