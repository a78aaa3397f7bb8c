"""A recording's report on pages: the waveform's marks, who hears it, what jobs and earlier releases show."""

import pytest
from django.test import Client

from tests.base import Cast
from tests.builders import make_job, make_key, make_sample, make_voice
from tests.web.clone.test_sample import REPORT, measured, text_of
from voices.models import Sample, Voice
from voices.web.sample.report import Stretch, read_report, shown_recording, thinned


def cloned(cast: Cast, sample: Sample) -> Voice:
    """A voice of this recording."""
    job = make_job(cast.ed, sample=sample, state="created", filename="take two.wav")
    return make_voice(cast.ed, job=job, sample=sample)


def test_waveform_keeps_the_highest_peak_of_each_group() -> None:
    assert thinned([1, 9, 2, 3, 0, 8], bars=3) == [9, 3, 8]
    assert thinned([5, 6], bars=3) == [5, 6]
    assert thinned([], bars=3) == []
    assert len(thinned(range(600))) == 150


def test_waveform_marks_speech_and_the_part_that_is_sent(cast: Cast) -> None:
    whole = measured(cast)
    assert shown_recording(whole).wave
    part = make_sample(cast.ed, parent=whole, edit={"start": 18.0, "end": 54.0}, report=REPORT.to_json())
    wave = shown_recording(part).wave
    assert wave
    assert wave.chosen == Stretch(250.0, 500.0)
    assert wave.speech == [Stretch(1.4, 415.3), Stretch(430.6, 568.1)]


@pytest.mark.parametrize("report", [None, {}, {"version": 9}, REPORT.to_json() | {"speech": 3}])
def test_report_that_cannot_be_read_counts_as_none(cast: Cast, report: object) -> None:
    assert read_report(make_sample(cast.ed, report=report)) is None


def test_voice_page_keeps_the_report_and_plays_for_editors(cast: Cast) -> None:
    sample = measured(cast, finding={"done": ["Converted from M4A."]})
    url = f"/voices/{cloned(cast, sample).pk}/"
    pages = {who: text_of(cast.login(who).get(url)) for who in (cast.ed, cast.vera)}
    for page in pages.values():
        assert "take two.wav" in page
        assert "Converted from M4A." in page
        assert "Fair recording" in page
        assert "Background noise" in page
    audio = f"/samples/{sample.pk}/audio/"
    assert (audio in pages[cast.ed], audio in pages[cast.vera]) == (True, False)


def test_job_and_clone_again_show_the_rating_alone(cast: Cast) -> None:
    make_key(cast.ada)
    voice = cloned(cast, measured(cast))
    Voice.objects.update(deleted_at=voice.created_at)
    for url in (f"/clones/{voice.job_id}/", f"/voices/{voice.pk}/clone-again/"):
        page = text_of(cast.login(cast.ada).get(url))
        assert "Fair recording." in page
        assert "Background noise" not in page


def test_recording_of_an_earlier_release_says_so_once(cast: Cast, ed: Client) -> None:
    voice = cloned(cast, make_sample(cast.ed))
    assert "Not measured" in text_of(ed.get(f"/voices/{voice.pk}/"))
    assert "recording." not in text_of(ed.get(f"/clones/{voice.job_id}/")).partition("<dl")[2]


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)
