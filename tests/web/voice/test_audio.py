"""The preview's bytes: for the team only, seekable, cached privately, never anything but audio."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_preview, make_voice
from tests.sounds import speech_wav
from voices.actions.voice.plays import record_play
from voices.models import PreviewFile, PreviewState, Voice

CONTENT = speech_wav(seconds=2)


@pytest.fixture
def voice(cast: Cast) -> Voice:
    voice = make_voice(cast.ed, name="Mar/lene “1”")
    make_preview(voice, content=CONTENT)
    return voice


@pytest.fixture
def vera(cast: Cast) -> Client:
    return cast.login(cast.vera)


def test_audio_is_served_whole_with_safe_headers(vera: Client, voice: Voice) -> None:
    answer = vera.get(f"/voices/{voice.pk}/audio/")
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer["Content-Type"] == "audio/wav"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Disposition"] == "inline; filename*=utf-8''Mar-lene%20%E2%80%9C1%E2%80%9D.wav"


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=0-9", 0, 9), ("bytes=100-", 100, None), ("bytes=-7", -7, None)]
)
def test_audio_range_returns_that_part(
    vera: Client, voice: Voice, asked: str, start: int, end: int | None
) -> None:
    answer = vera.get(f"/voices/{voice.pk}/audio/", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == CONTENT[start : None if end is None else end + 1]
    assert answer["Content-Range"].endswith(f"/{len(CONTENT)}")


def test_audio_range_past_the_end_is_416(vera: Client, voice: Voice) -> None:
    answer = vera.get(f"/voices/{voice.pk}/audio/", headers={"Range": "bytes=99999999-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")


def test_audio_with_a_matching_etag_is_304(vera: Client, voice: Voice) -> None:
    etag = vera.get(f"/voices/{voice.pk}/audio/")["ETag"]
    answer = vera.get(f"/voices/{voice.pk}/audio/", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_audio_range_of_an_old_version_gets_the_whole_file(vera: Client, voice: Voice) -> None:
    answer = vera.get(f"/voices/{voice.pk}/audio/", headers={"Range": "bytes=5-", "If-Range": '"old"'})
    assert answer.status_code == 200


def test_audio_head_has_the_size_and_no_body(vera: Client, voice: Voice) -> None:
    answer = vera.head(f"/voices/{voice.pk}/audio/")
    assert (answer["Content-Length"], answer.content) == (str(len(CONTENT)), b"")


def test_audio_download_is_an_attachment(vera: Client, voice: Voice) -> None:
    Voice.objects.update(name="配音")
    answer = vera.get(f"/voices/{voice.pk}/audio/?download=1")
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E9%85%8D%E9%9F%B3.wav"
    Voice.objects.update(name="Marlene\r\nX: y")
    answer = vera.get(f"/voices/{voice.pk}/audio/?download=1")
    assert answer["Content-Disposition"] == 'attachment; filename="Marlene X- y.wav"'


def test_audio_is_closed_to_other_teams_and_strangers(cast: Cast, voice: Voice) -> None:
    for path in (f"/voices/{voice.pk}/audio/", f"/voices/{voice.pk}/player/", f"/voices/{voice.pk}/"):
        assert cast.login(cast.sam).get(path).status_code == 404
        assert Client().get(path).status_code == 302
        assert Client().get(path, headers={"HX-Request": "true"}).status_code == 401
    assert cast.login(cast.nora).get(f"/voices/{voice.pk}/audio/").status_code == 403


def test_missing_preview_is_404_and_explained_in_the_player(vera: Client, voice: Voice) -> None:
    PreviewFile.objects.update(state=PreviewState.FAILED, problem="Althea says: no such voice.")
    assert vera.get(f"/voices/{voice.pk}/audio/").status_code == 404
    assert "Althea says: no such voice." in vera.get(f"/voices/{voice.pk}/player/").content.decode()


def test_the_player_costs_at_most_six_queries(
    vera: Client, voice: Voice, django_assert_max_num_queries: object
) -> None:
    vera.get(f"/voices/{voice.pk}/player/")
    with django_assert_max_num_queries(6):  # type: ignore[operator]  # pytest-django's protocol
        vera.get(f"/voices/{voice.pk}/player/")


def test_preview_clicked_while_loading_starts_when_ready(vera: Client, voice: Voice) -> None:
    PreviewFile.objects.update(state=PreviewState.WAITING)
    path = f"/voices/{voice.pk}/player/"
    assert f'hx-get="{path}"' in vera.get(path).content.decode()
    assert f'hx-get="{path}?quiet=1"' in vera.get(f"/voices/{voice.pk}/").content.decode()
    PreviewFile.objects.update(state=PreviewState.READY)
    assert "data-autoplay" in vera.get(path).content.decode()
    assert "data-autoplay" not in vera.get(f"{path}?quiet=1").content.decode()


# --- what a play leaves ---


def played(voice: Voice) -> Voice:
    return Voice.objects.get(pk=voice.pk)


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-"}, {"Range": "bytes=0-99"}])
def test_play_is_recorded_without_a_new_version(vera: Client, voice: Voice, headers: dict[str, str]) -> None:
    vera.get(f"/voices/{voice.pk}/audio/", headers=headers)
    now = played(voice)
    assert now.has_been_played
    assert (now.version, now.changed_at) == (voice.version, voice.changed_at)


def test_download_later_range_and_head_are_not_plays(vera: Client, voice: Voice) -> None:
    url = f"/voices/{voice.pk}/audio/"
    vera.get(f"{url}?download=1")
    vera.get(url, headers={"Range": "bytes=100-"})
    vera.head(url)
    assert not played(voice).has_been_played


def test_plays_are_recorded_once_a_minute(vera: Client, voice: Voice) -> None:
    url = f"/voices/{voice.pk}/audio/"
    vera.get(url)
    first = played(voice).played_at
    vera.get(url)
    assert played(voice).played_at == first
    Voice.objects.filter(pk=voice.pk).update(played_at=first - timedelta(seconds=61))
    vera.get(url)
    assert played(voice).played_at >= first


def test_of_two_concurrent_plays_one_is_recorded(cast: Cast, voice: Voice) -> None:
    now = timezone.now()
    stale = Voice.objects.get(pk=voice.pk)
    assert record_play(member=cast.vera, voice=voice, now=now)
    assert not record_play(member=cast.vera, voice=stale, now=now)
    assert not record_play(member=cast.sam, voice=stale, now=now + timedelta(minutes=2))
