"""Migration 0010: the voices of an older release get their language in normal form and are found without joiners."""

import pytest
from django.apps import apps as today

from tests.models.test_fill_facts import Rows, columns, fill

pytestmark = pytest.mark.django_db


def test_language_tags_are_filled_in_normal_form() -> None:
    rows = Rows(today)
    tags = ("cmn-CN", "zh-CN", "iw", "English", "", "en-US")
    voices = [rows.voice(primary_language=tag, language=tag[:3].strip("-")) for tag in tags]
    gone = rows.voice(primary_language="sh", deleted_at=rows.account.read_at)
    fill("0010_fill_language_tags")
    found = [*voices, gone]
    for voice in found:
        voice.refresh_from_db()
    assert [(voice.language, voice.language_tag) for voice in found] == [
        ("zh", "zh-CN"), ("zh", "zh-CN"), ("he", "he"), ("english", "English"), ("", ""), ("en", "en-US"),
        ("sr", "sr-Latn"),
    ]  # fmt: skip
    assert found[0].primary_language == "cmn-CN"


def test_search_texts_lose_their_joiners() -> None:
    rows = Rows(today)
    voice = rows.voice(name="a\u200cb", search_text="a\u200cb\nc\u200dd", name_key="a\u200cb")
    fill("0010_fill_language_tags")
    assert columns(voice, "name", "search_text", "name_key") == ("a\u200cb", "ab\ncd", "ab")
