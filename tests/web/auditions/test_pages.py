"""The pages of auditions: nothing tells a voice before the end; everything does afterwards."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from tests.base import Cast, member
from tests.builders import make_audition, make_consent, make_preview, make_ratings, make_voice
from tests.sounds import speech_wav
from voices.access import candidates_for
from voices.models import Audition, Ballot, Membership, PreviewFile, Rating, Role, Voice

HTMX = {"HX-Request": "true"}
NAMES = ("Sora", "Luna", "Mika")


@pytest.fixture
def audition(cast: Cast) -> Audition:
    voices = [make_voice(cast.ed, name=name, description=f"{name} speaks") for name in NAMES]
    for number, voice in enumerate(voices):
        make_preview(voice, content=speech_wav(seconds=1 + number), seconds=1.0 + number)
    return make_audition(cast.ed, *voices)


def url(audition: Audition, page: str = "") -> str:
    return f"/auditions/{audition.pk}/{page}"


def token(who: Membership, audition: Audition, name: str) -> str:
    found = candidates_for(who, audition)
    return next(token for token, one in found.items() if one.voice.name == name)


def hear(browser: Client, who: Membership, audition: Audition, *names: str) -> None:
    """Start the previews."""
    for name in names:
        answer = browser.get(url(audition, f"audio/{token(who, audition, name)}/"))
        assert answer.status_code == 200


def form(who: Membership, audition: Audition, **scores: object) -> dict[str, str]:
    """A ballot's fields; a score, or a score and a remark."""
    fields = {}
    for name, value in scores.items():
        score, remark = value if isinstance(value, tuple) else (value, "")
        key = token(who, audition, name)
        fields |= {f"score-{key}": str(score), f"remark-{key}": str(remark)}
    return fields


def post(browser: Client, address: str, fields: dict[str, str] | None = None) -> str:
    """Send a form, and return what the page says to which that leads."""
    answer = browser.post(address, fields or {})
    assert answer.status_code == 303
    return text(browser.get(answer["Location"]))


def end(audition: Audition) -> None:
    Audition.objects.filter(pk=audition.pk).update(ends_at=timezone.now() - timedelta(minutes=1))


def text(answer: HttpResponse) -> str:
    """What is read on a page, in one line."""
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", plain)


# --- starting ---


def test_selected_voices_come_to_the_form(cast: Cast, audition: Audition) -> None:
    ed, voices = cast.login(cast.ed), list(Voice.objects.order_by("name")[:2])
    answer = ed.post("/auditions/pick/", {"voice": [voice.pk for voice in voices], "query": ""})
    assert answer.status_code == 303
    page = ed.get(answer["Location"])
    chosen = re.findall(r'type="checkbox" name="voice" value="([^"]+)" checked', page.content.decode())
    assert set(chosen) == {str(voice.pk) for voice in voices}


def test_form_starts_an_audition(cast: Cast, audition: Audition) -> None:
    ids = [str(voice.pk) for voice in Voice.objects.all()]
    typed = {"title": " Which  voice? ", "voice": ids, "days": "7"}
    answer = cast.login(cast.ed).post("/auditions/new/", typed)
    made = Audition.objects.exclude(pk=audition.pk).get()
    assert (answer.status_code, answer["Location"]) == (303, url(made))
    assert (made.title, made.candidates.count(), made.ends_at is None) == ("Which voice?", 3, False)


def test_form_keeps_what_was_typed_and_says_what_is_wrong(cast: Cast, audition: Audition) -> None:
    ed, sora = cast.login(cast.ed), Voice.objects.get(name="Sora")
    for typed, sentence in (
        ({"title": "Which?", "voice": [str(sora.pk)]}, "Choose 2 to 8 voices."),
        ({"title": "Which?", "voice": ["none", str(sora.pk)]}, "Choose 2 to 8 voices."),
        ({"title": "", "voice": [str(sora.pk)]}, "Enter the question"),
        ({"title": "x" * 121, "voice": [str(sora.pk)]}, "The limit is 120."),
        (
            {"title": "Which?", "voice": [str(sora.pk)], "days": "400"},
            "400 is not one of the available choices",
        ),
    ):
        answer = ed.post("/auditions/new/", typed)
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert f'value="{sora.pk}" checked' in answer.content.decode()
    assert Audition.objects.count() == 1


def test_search_in_the_form_keeps_the_chosen_voices(cast: Cast, audition: Audition) -> None:
    sora = Voice.objects.get(name="Sora")
    page = cast.login(cast.ed).get("/auditions/new/", {"q": "Luna", "voice": str(sora.pk)})
    listed = re.findall(r'type="checkbox" name="voice" value="([^"]+)"( checked)?', page.content.decode())
    assert listed == [(str(sora.pk), " checked"), (str(Voice.objects.get(name="Luna").pk), "")]


# --- blind ---


def test_ballot_tells_nothing_about_its_voices(cast: Cast, audition: Audition) -> None:
    """Not to a viewer, not to who held it: no name, id, length, size, waveform, face or address of a voice."""
    previews = PreviewFile.objects.select_related("voice")
    for who in (cast.vera, cast.ed, cast.ada):
        page = cast.login(who).get(url(audition)).content.decode()
        main = page[page.index("<main") : page.index("</main>")]
        for preview in previews:
            voice = preview.voice
            told = [
                voice.name,
                voice.description,
                voice.pk,
                voice.voice_id,
                voice.provider,
                preview.size_bytes,
            ]
            told += [preview.etag.strip('"'), preview.file.name, "clock", "face-", "viewBox"]
            assert [one for one in map(str, told) if one in main] == []
        assert main.count("<audio") == 3


def test_audio_tells_nothing_but_its_bytes(cast: Cast, audition: Audition) -> None:
    vera, sora = cast.login(cast.vera), Voice.objects.get(name="Sora")
    own = vera.get(url(audition, f"audio/{token(cast.vera, audition, 'Sora')}/"))
    plain = vera.get(reverse("voices:voice-audio", args=[sora.pk]))
    assert own.content == plain.content
    assert own["Content-Disposition"] == 'inline; filename="voice.wav"'
    assert own["ETag"] != plain["ETag"]
    same = {"Content-Type", "Content-Length", "Cache-Control", "Accept-Ranges"}
    headers = {name: value for name, value in own.headers.items() if name not in same}
    assert [value for value in headers.values() if "Sora" in value or str(sora.pk) in value] == []


def test_audio_addresses_work_for_their_listener_only(cast: Cast, audition: Audition) -> None:
    address = url(audition, f"audio/{token(cast.vera, audition, 'Sora')}/")
    assert cast.login(cast.vera).get(address, headers={"Range": "bytes=0-9"}).status_code == 206
    for other in (cast.ed, cast.ada, cast.sam):
        assert cast.login(other).get(address).status_code == 404
    assert cast.login(cast.vera).get(url(audition, "audio/none/")).status_code == 404
    end(audition)
    assert cast.login(cast.vera).get(address).status_code == 404


def test_listening_leaves_no_trace_on_the_voice(cast: Cast, audition: Audition) -> None:
    hear(cast.login(cast.vera), cast.vera, audition, "Sora")
    assert not Voice.objects.get(name="Sora").has_been_played
    assert Rating.objects.get().score is None


@pytest.mark.parametrize("who", ["vera", "ed", "ada"])
def test_results_are_hidden_until_the_end(cast: Cast, audition: Audition, who: str) -> None:
    judge = member(cast.northwind, "Judge", Role.VIEWER)
    ballot = make_ratings(audition, judge, Sora=5, Luna=1)
    Rating.objects.filter(ballot=ballot).update(remark="Warm as toast")
    browser = cast.login(getattr(cast, who))
    sora = Voice.objects.get(name="Sora")
    pages = [url(audition), "/auditions/", reverse("voices:voice", args=[sora.pk])]
    if who != "vera":
        pages += [url(audition, "end/"), url(audition, "delete/")]
    before = [text(browser.get(page)) for page in pages]
    assert [page for page in before if "Warm as toast" in page or "5.0" in page or "ahead" in page] == []
    end(audition)
    assert "Warm as toast" in text(browser.get(url(audition)))
    assert "5.0, 1st of 2" in text(browser.get(pages[2]))


def test_ballot_says_which_voice_can_no_longer_be_heard(cast: Cast, audition: Audition) -> None:
    vera, address = cast.login(cast.vera), url(audition, f"audio/{token(cast.vera, audition, 'Sora')}/")
    Voice.objects.filter(name="Sora").update(consent=make_consent(cast.ed, withdrawn_at=timezone.now()))
    assert vera.get(address).status_code == 403
    page = vera.get(url(audition))
    assert "excluded from the audition: its consent was withdrawn" in text(page)
    assert page.content.count(b"<audio") == 2
    Voice.objects.filter(name="Sora").update(deleted_at=timezone.now())
    assert vera.get(address).status_code == 404
    assert "excluded from the audition: it was deleted" in text(vera.get(url(audition)))


# --- rating ---


def test_htmx_saves_one_voice_and_counts(cast: Cast, audition: Audition) -> None:
    vera = cast.login(cast.vera)
    hear(vera, cast.vera, audition, "Sora")
    answer = vera.post(url(audition, "rate/"), form(cast.vera, audition, Sora=(4, "Warm")), headers=HTMX)
    assert answer.status_code == 200
    assert "Saved" in text(answer)
    assert "1 of 3 rated" in text(answer)
    assert list(Rating.objects.values_list("score", "remark")) == [(4, "Warm")]


def test_htmx_says_beside_the_voice_why_nothing_was_saved(cast: Cast, audition: Audition) -> None:
    vera = cast.login(cast.vera)
    for score in ("0", "6", "3.5", "x", "9" * 5000):
        answer = vera.post(url(audition, "rate/"), form(cast.vera, audition, Sora=score), headers=HTMX)
        assert (answer.status_code, "Choose a score from 1 to 5." in text(answer)) == (422, True)
    answer = vera.post(url(audition, "rate/"), form(cast.vera, audition, Sora=4), headers=HTMX)
    assert (answer.status_code, "Play this voice before you rate it." in text(answer)) == (422, True)
    hear(vera, cast.vera, audition, "Sora")
    end(audition)
    answer = vera.post(url(audition, "rate/"), form(cast.vera, audition, Sora=4), headers=HTMX)
    assert (answer.status_code, "This audition has ended" in text(answer)) == (422, True)
    assert Rating.objects.get().score is None


def test_form_without_script_saves_what_it_can(cast: Cast, audition: Audition) -> None:
    vera = cast.login(cast.vera)
    hear(vera, cast.vera, audition, "Sora")
    answer = vera.post(
        url(audition, "rate/"), form(cast.vera, audition, Sora=4, Luna=(2, "Too fast <b>"), Mika="")
    )
    assert answer.status_code == 422
    assert text(answer).count("Play this voice before you rate it.") == 1
    assert escape("Too fast <b>") in answer.content.decode()
    assert list(Rating.objects.values_list("candidate__voice__name", "score")) == [("Sora", 4)]
    hear(vera, cast.vera, audition, "Luna", "Mika")
    last = form(cast.vera, audition, Luna=2, Mika=5) | {"finish": "1"}
    assert "Your ratings are final." in post(vera, url(audition, "rate/"), last)
    assert Ballot.objects.get().finished_at is not None
    assert "finished this audition" in post(vera, url(audition, "rate/"), form(cast.vera, audition, Sora=1))
    assert Rating.objects.get(candidate__voice__name="Sora").score == 4


def test_rating_after_the_end_is_refused_with_the_result(cast: Cast, audition: Audition) -> None:
    vera = cast.login(cast.vera)
    hear(vera, cast.vera, audition, "Sora")
    end(audition)
    told = post(vera, url(audition, "rate/"), form(cast.vera, audition, Sora=4))
    assert "This audition has ended, so the rating was not saved." in told
    assert Rating.objects.get().score is None


def test_outsider_and_removed_member_rate_nothing(cast: Cast, audition: Audition) -> None:
    typed, vera = form(cast.vera, audition, Sora=1), cast.login(cast.vera)
    assert cast.login(cast.sam).post(url(audition, "rate/"), typed).status_code == 404
    cast.vera.delete()
    assert vera.post(url(audition, "rate/"), typed).status_code == 403
    assert not Rating.objects.exists()


# --- the result ---


def test_result_shows_means_intervals_and_remarks(cast: Cast, audition: Audition) -> None:
    for number in range(5):
        judge = member(cast.northwind, f"Judge {number}", Role.VIEWER)
        ballot = make_ratings(audition, judge, Sora=4 + number % 2, Luna=2, Mika=None)
        Rating.objects.filter(ballot=ballot, score=2).update(remark="Too fast")
    end(audition)
    first, again = (cast.login(cast.vera).get(url(audition)) for _ in range(2))
    assert text(first) == text(again)
    assert "Sora is ahead" in text(first)
    assert "4.4 3.7 to 5.0 5 ratings" in text(first)
    assert "2.0 1.6 to 2.4 5 ratings" in text(first)
    assert text(first).count("Too fast") == 5
    assert "Mika Not rated" in text(first)
    assert first.content.count(b'class="mean"') == 2


def test_page_after_the_last_day_is_the_result_without_a_job(cast: Cast, audition: Audition) -> None:
    vera = cast.login(cast.vera)
    assert "0 of 3 rated" in text(vera.get(url(audition)))
    end(audition)
    assert "Nobody rated the voices" in text(vera.get(url(audition)))


def test_ending_and_deleting_ask_once(cast: Cast, audition: Audition) -> None:
    ed = cast.login(cast.ed)
    assert "End the audition?" in text(ed.get(url(audition, "end/")))
    assert "Nobody rated the voices" in post(ed, url(audition, "end/"))
    assert "had already ended" in post(ed, url(audition, "end/"))
    assert "Delete the audition?" in text(ed.get(url(audition, "delete/")))
    assert "deleted" in post(ed, url(audition, "delete/"))
    assert ed.get(url(audition)).status_code == 404
