"""The text to read aloud follows the language of the form, with its own language and direction in the markup."""

import pytest

from tests.base import Cast
from tests.builders import make_key


@pytest.mark.parametrize(
    ("language", "markup", "first"),
    [
        ("de-AT", '<div class="script-text" lang="de" dir="ltr">', "Am Samstagmorgen"),
        ("ar", '<div class="script-text" lang="ar" dir="rtl">', "في صباح يوم الجمعة"),
        ("sv", "No text to read in this language yet", "Talk about your day"),
        ("<script>", "No text to read in this language yet", "Talk about your day"),
    ],
)
def test_script_follows_the_language(cast: Cast, language: str, markup: str, first: str) -> None:
    page = cast.login(cast.ed).get("/clone/script/", {"language": language}).content.decode()
    assert markup in page
    assert first in page


def test_clone_page_has_a_recorder_for_this_member(cast: Cast) -> None:
    make_key(cast.ed)
    page = cast.login(cast.ed).get("/clone/").content.decode()
    assert f'data-owner="{cast.ed.pk}" data-into="#id_file"' in page
    assert page.index('aria-label="Record here" hidden') > page.index("data-recorder")
