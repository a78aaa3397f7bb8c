"""The recording before the form is sent: stored and judged at once, cut and repaired, with what was typed kept."""

import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, QueryDict
from django.test import Client

from tests import sounds
from tests.base import Cast
from tests.builders import make_job, make_key, make_sample
from tests.web.clone.forms import clone_form
from voices.audio.edits import Edit
from voices.audio.report.facts import Report
from voices.models import CloneJob, Membership, Sample
from voices.web.clone.parts import asks_for_other_part, read_edit
from voices.web.clone.recording import sign_recording

HTMX = {"HX-Request": "true"}
REPORT = Report(
    version=1, seconds=72.0, speech_seconds=58.0, silence_share=0.2, loudness=-31.0, peak=-9.0, clipping=0.0,
    crest=14.0, snr=35.0, bandwidth=15_200.0, mono_loss=None, modulation=20.0, speech=((0.1, 30.0), (31.0, 71.9)),
    peaks=(10, 80) * 300,
    best=(30.5, 71.96), best_reason="Least noise.",
)  # fmt: skip


@pytest.fixture
def ed(cast: Cast) -> Client:
    make_key(cast.ed)
    return cast.login(cast.ed)


def wav(content: bytes | None = None, name: str = "marlene.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if content is not None else sounds.speech_wav(seconds=14))


def upload(browser: Client, file: SimpleUploadedFile, *, query: str = "") -> HttpResponse:
    """A file as script sends it: alone, and then the mark of a whole body."""
    headers = HTMX | {"HX-Current-URL": f"http://testserver/clone/{query}"}
    return browser.post("/clone/sample/", {"file": file, "complete": "1"}, headers=headers)


def change(browser: Client, member: Membership, sample: Sample, **typed: Any) -> HttpResponse:
    """What a button of the part sends; a field given as None is left out."""
    form = {
        "sample": sign_recording(member, sample),
        "start": "0",
        "end": "72",
        "part": "fields",
        "complete": "1",
    }
    sent = {name: value for name, value in (form | typed).items() if value is not None}
    return browser.post("/clone/part/", sent, headers=HTMX)


def text_of(answer: HttpResponse) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def token_in(answer: HttpResponse) -> str:
    """The recording that the answer's form carries."""
    found = re.search(r'name="sample" value="([^"]*)"', answer.content.decode())
    assert found
    return found[1]


def measured(cast: Cast, **facts: Any) -> Sample:
    """A recording of 72 s with a report."""
    return make_sample(cast.ed, seconds=72.0, report=REPORT.to_json(), report_version=1, **facts)


# --- the upload ---


def test_upload_answers_with_the_report_and_makes_no_job(ed: Client) -> None:
    answer = upload(ed, wav())
    page = text_of(answer)
    assert answer.status_code == 200
    assert page.startswith('<div class="recording" id="recording"')
    assert "marlene.wav" in page
    assert "14 seconds · WAV · 16 kHz mono" in page
    assert re.search("(Good|Fair|Poor) recording", page)
    assert "form_token" not in page
    assert (Sample.objects.count(), CloneJob.objects.count()) == (1, 0)


def test_form_with_an_uploaded_recording_sends_text_alone(ed: Client) -> None:
    token = token_in(upload(ed, wav(name="second.wav")))
    assert ed.post("/clone/", clone_form(ed, sample=token)).status_code == 303
    assert CloneJob.objects.get().recording_name == "second.wav"


def test_page_that_is_loaded_again_keeps_the_recording(cast: Cast, ed: Client) -> None:
    make_key(cast.ada)
    address = upload(ed, wav())["HX-Replace-Url"]
    page = text_of(ed.get(address))
    assert "marlene.wav" in page
    assert token_in(ed.get(address))
    # The address is this person's alone.
    stranger = cast.login(cast.ada).get(address)
    assert "marlene.wav" not in text_of(stranger)
    assert 'id="file-error"' not in text_of(stranger)
    assert not upload(ed, wav(b"", "none.wav")).has_header("HX-Replace-Url")
    assert not upload(ed, wav(), query="?again=that").has_header("HX-Replace-Url")


def test_same_file_uploaded_twice_is_one_sample(ed: Client) -> None:
    first, second = (token_in(upload(ed, wav())) for _ in range(2))
    assert first.partition(":")[0] == second.partition(":")[0]
    assert Sample.objects.count() == 1


def test_refused_upload_keeps_its_name_and_says_why(ed: Client) -> None:
    answer = upload(ed, wav(sounds.jpeg(), "holiday.mp3"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "holiday.mp3" in page
    assert "Can't be used" in page
    assert "This is a JPEG picture" in page
    assert "Choose another" in page
    assert token_in(answer) == ""


def test_upload_that_was_cut_off_says_so(ed: Client) -> None:
    assert ed.post("/clone/sample/", {"file": wav()}, headers=HTMX).status_code == 400


def test_recording_is_checked_without_script_keeping_the_form(ed: Client) -> None:
    form = clone_form(ed, file=wav(), name="", consent="agreed", speaker="Ana", description="Warm & slow")
    answer = ed.post("/clone/sample/", form)
    page = text_of(answer)
    assert answer.status_code == 200
    assert "<title>Clone a voice" in page
    assert "Warm & slow" in page
    assert 'value="agreed" checked' in page
    assert 'value="Ana"' in page
    assert 'id="form-errors"' not in page
    assert ed.post("/clone/", clone_form(ed, sample=token_in(answer))).status_code == 303


# --- the part ---


def test_part_is_a_sample_of_its_own_with_its_report(cast: Cast, ed: Client) -> None:
    upload(ed, wav())
    whole = Sample.objects.get()
    answer = change(ed, cast.ed, whole, start="1,5", end="13", snapped="1", level="1")
    part = Sample.objects.exclude(pk=whole.pk).get()
    assert (part.parent, part.edit) == (whole, {"start": 1.5, "end": 13.0, "level": True})
    assert part.report["seconds"] == pytest.approx(11.5, abs=0.01)
    page = text_of(answer)
    assert "Cut to 11 seconds. Level set to −20 LUFS." in page
    assert 'name="start" min="0" max="14.0" step="0.1" inputmode="decimal" value="1.5"' in page
    assert f"/samples/{part.pk}/audio/" in page
    assert f"/samples/{part.pk}/original/" in page
    undone = change(ed, cast.ed, part, start="1.5", end="13", part="whole")
    assert f"/samples/{whole.pk}/audio/" in text_of(undone)


def test_part_that_was_not_applied_is_shown_before_it_is_sent(cast: Cast, ed: Client) -> None:
    token = token_in(upload(ed, wav()))
    chosen = {"sample": token, "start": "2", "end": "14", "snapped": "1"}
    shown = ed.post("/clone/", clone_form(ed, **chosen))
    assert shown.status_code == 422
    assert "It has now: listen to it, then clone." in text_of(shown)
    assert not CloneJob.objects.exists()
    sent = ed.post("/clone/", clone_form(ed, **chosen | {"sample": token_in(shown)}))
    assert sent.status_code == 303
    assert CloneJob.objects.get().sample.edit == {"start": 2.0}


def test_borders_are_snapped_once_and_only_those_that_moved(cast: Cast, ed: Client) -> None:
    sample = measured(cast, edit={"start": 12.0})
    typed = QueryDict("start=12&end=40&level=1")
    # 12.0 stays though somebody speaks; 40.0 too, as the pause at 30.1 to 30.9 is too far; 31.5 moves.
    assert read_edit(typed, sample) == Edit(12.0, 40.0, level=True)
    assert read_edit(QueryDict("start=31.5&end=72"), sample) == Edit(30.9, None)
    assert read_edit(QueryDict("start=31.5&end=72&snapped=1"), sample) == Edit(31.5, None)
    assert read_edit(QueryDict("start=0&end=72&part=best&snapped=1"), sample) == Edit(30.5, 72.0)
    assert not asks_for_other_part(QueryDict("start=12.0&end=72.0"), sample)
    assert asks_for_other_part(QueryDict("start=12&end=72&level=1"), sample)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"start": "soon"}, "Enter start and end in seconds, such as 12.5."),
        ({"end": "nan"}, "Enter start and end in seconds"),
        ({"start": "-1"}, "Enter start and end in seconds"),
        ({"start": "40", "end": "20"}, "The end must be after the start."),
        ({"start": "99"}, "The end must be after the start."),
    ],
)
def test_part_that_is_none_is_refused_beside_its_fields(
    cast: Cast, ed: Client, typed: dict[str, str], told: str
) -> None:
    sample = measured(cast)
    answer = change(ed, cast.ed, sample, **typed)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert 'aria-describedby="part-help part-error"' in answer.content.decode()
    assert token_in(answer)
    assert Sample.objects.count() == 1


def test_part_that_is_too_short_is_refused(cast: Cast, ed: Client) -> None:
    upload(ed, wav())
    answer = change(ed, cast.ed, Sample.objects.get(), start="2", end="8.5", snapped="1")
    assert answer.status_code == 422
    assert "This part is 6.5 seconds long. Choose at least 10." in text_of(answer)
    assert 'value="8.5"' in text_of(answer)
    assert Sample.objects.count() == 1


def test_part_of_another_team_is_no_recording(cast: Cast, ed: Client) -> None:
    foreign = make_job(cast.sam).sample
    for member, told in ((cast.sam, "Choose a recording"), (cast.ed, "no longer stored")):
        answer = change(ed, member, foreign)
        assert answer.status_code == 422
        assert told in text_of(answer)
        assert "/samples/" not in text_of(answer)


def test_new_file_with_a_part_is_taken_whole(cast: Cast, ed: Client) -> None:
    sample = measured(cast)
    answer = change(ed, cast.ed, sample, file=wav(), start="20", end="40")
    assert answer.status_code == 200
    assert "marlene.wav" in text_of(answer)
    assert not Sample.objects.exclude(parent=None).exists()


# --- what is shown ---


def test_repairs_are_offered_where_they_would_change_something(cast: Cast, ed: Client) -> None:
    job = make_job(cast.ed, state="failed", sample=measured(cast))
    page = text_of(ed.get(f"/clone/?again={job.pk}"))
    assert "Set the level" in page  # −31 LUFS
    assert "Trim silence" not in page  # 0.1 s at either end
    assert "Remove the DC offset" not in page
    assert "Use the best 41 seconds" in page
    assert "Least noise." in page


def test_removal_of_an_offset_is_offered_where_there_is_one(cast: Cast, ed: Client) -> None:
    sample = measured(cast)
    sample.report |= {"dc": -0.03}
    sample.save()
    job = make_job(cast.ed, state="failed", sample=sample)
    assert "Remove the DC offset" in text_of(ed.get(f"/clone/?again={job.pk}"))


def test_measures_that_are_not_good_are_open_with_advice(cast: Cast, ed: Client) -> None:
    job = make_job(cast.ed, state="failed", sample=measured(cast))
    page = text_of(ed.get(f"/clone/?again={job.pk}"))
    opened = re.findall(r'<details class="measure" open>.*?<b>(.*?)</b>', page)
    assert opened == ["Loudness"]


def test_recording_of_an_earlier_release_is_not_measured(cast: Cast, ed: Client) -> None:
    sample = make_sample(cast.ed)
    page = text_of(ed.get(f"/clone/?again={make_job(cast.ed, state='failed', sample=sample).pk}"))
    assert "Not measured" in page
    assert "data-cuts" not in page
    assert f"/samples/{sample.pk}/audio/" in page
