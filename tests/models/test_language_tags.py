"""Migrations 0012: the voices of an older release get their language in normal form and are found without joiners."""

from collections.abc import Iterator

import pytest
from django.apps.registry import Apps
from django.db import connection

from tests.models.test_fill_facts import Rows, columns, migrate
from voices.library.search import update_index

BEFORE, AFTER = ("voices", "0007_fill_facts"), ("voices", "0010_fill_language_tags")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old() -> Iterator[Apps]:
    yield migrate(BEFORE)
    migrate()
    update_index(connection)


def test_language_tags_are_filled_in_normal_form(old: Apps) -> None:
    rows = Rows(old)
    tags = ("cmn-CN", "zh-CN", "iw", "English", "", "en-US")
    voices = [rows.voice(primary_language=tag, language=tag[:3].strip("-")) for tag in tags]
    gone = rows.voice(primary_language="sh", deleted_at=rows.account.read_at)
    now = migrate(AFTER).get_model("voices", "Voice").objects
    found = [now.get(pk=voice.pk) for voice in (*voices, gone)]
    assert [(voice.language, voice.language_tag) for voice in found] == [
        ("zh", "zh-CN"), ("zh", "zh-CN"), ("he", "he"), ("english", "English"), ("", ""), ("en", "en-US"),
        ("sr", "sr-Latn"),
    ]  # fmt: skip
    assert found[0].primary_language == "cmn-CN"


def test_search_texts_lose_their_joiners(old: Apps) -> None:
    rows = Rows(old)
    voice = rows.voice(name="a\u200cb", search_text="a\u200cb\nc\u200dd", name_key="a\u200cb")
    migrate(AFTER)
    assert columns(voice, "name", "search_text", "name_key") == ("a\u200cb", "ab\ncd", "ab")
