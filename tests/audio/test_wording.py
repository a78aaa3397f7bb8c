"""Sizes, lengths and lists as people say them."""

import pytest

from voices.audio.wording import format_name, length, listed, megabytes


@pytest.mark.parametrize(
    ("size", "said"),
    [(1, "1 byte"), (999, "999 bytes"), (84_000, "84 kB"), (10_000_000, "10.0 MB"), (11_240_000, "11.2 MB")],
)
def test_sizes_are_decimal(size, said) -> None:
    assert megabytes(size) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (7.48, "7.4 seconds"),
        (11.999, "12 seconds"),
        (119.5, "119 seconds"),
        (312, "5 min 12 s"),
        (36_000, "10 hours"),
    ],
)
def test_lengths_are_rounded_down(seconds, said) -> None:
    assert length(seconds) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [([], ""), (["noise"], "noise"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_end_with_and(words, said) -> None:
    assert listed(words) == said


def test_formats_are_written_as_their_makers_do() -> None:
    assert [format_name(container) for container in ("m4a", "webm", "")] == ["M4A", "WebM", ""]
