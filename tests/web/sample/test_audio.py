"""A recording's sound: what is sent and the file as it came, in parts, never anything but audio."""

import hashlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from tests.base import Cast
from tests.builders import make_sample
from tests.sounds import html, speech_wav
from voices.models import Sample
from voices.web.sample.audio import UNKNOWN_TYPE
from voices.web.stored_audio import PART_BYTES

SENT = speech_wav(seconds=12)


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


def with_original(cast: Cast, content: bytes, **facts: Any) -> Sample:
    """A recording that was converted from these bytes."""
    given = {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content), "container": "m4a"}
    sample = make_sample(cast.ed, content=SENT, **given | facts)
    sample.original.save("original", ContentFile(content))
    return sample


def test_what_is_sent_is_served_in_parts_with_safe_headers(cast: Cast, ed: Client) -> None:
    sample = with_original(cast, b"x" * 100, filename="memo.m4a")
    url = f"/samples/{sample.pk}/audio/"
    answer = ed.get(url)
    assert (answer.content, answer["Content-Type"]) == (SENT, "audio/wav")
    assert answer["Content-Disposition"] == 'inline; filename="memo.wav"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    part = ed.get(url, headers={"Range": "bytes=100-"})
    assert (part.status_code, part.content) == (206, SENT[100:])
    assert ed.get(url, headers={"Range": "bytes=9999999-"}).status_code == 416
    # Who may hear it may change: browsers ask each time, and are told that nothing did.
    assert answer["Cache-Control"] == "private, no-cache"
    assert ed.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("container", "kind"),
    [("m4a", "audio/mp4"), ("ogg", "audio/ogg"), ("html", UNKNOWN_TYPE), ("", UNKNOWN_TYPE)],
)
def test_original_has_a_fixed_type_and_is_a_download(
    cast: Cast, ed: Client, container: str, kind: str
) -> None:
    sample = with_original(cast, html(), container=container, filename="تسجيل.html")
    answer = ed.get(f"/samples/{sample.pk}/original/")
    assert (answer.content, answer["Content-Type"]) == (html(), kind)
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%D8%AA")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_original_of_a_part_is_the_whole_recording(cast: Cast, ed: Client) -> None:
    whole = with_original(cast, b"the whole")
    part = make_sample(cast.ed, parent=whole, edit={"start": 1.0})
    assert ed.get(f"/samples/{part.pk}/original/").content == b"the whole"
    # Without a file of its own, what came is what is sent.
    plain = make_sample(cast.ed, content=speech_wav(seconds=13))
    assert ed.get(f"/samples/{plain.pk}/original/").content == speech_wav(seconds=13)


def test_large_original_is_never_read_as_a_whole(cast: Cast, ed: Client) -> None:
    content = b"ab" * (PART_BYTES // 2 + 50)
    url = f"/samples/{with_original(cast, content).pk}/original/"
    part = ed.get(url, headers={"Range": "bytes=0-"})
    assert part["Content-Range"] == f"bytes 0-{PART_BYTES - 1}/{len(content)}"
    whole = ed.get(url)
    assert whole.streaming
    assert b"".join(whole.streaming_content) == content


def test_lost_recording_is_a_404(cast: Cast, ed: Client) -> None:
    sample = with_original(cast, b"lost")
    sample.original.storage.delete(sample.original.name)
    assert ed.get(f"/samples/{sample.pk}/original/").status_code == 404
