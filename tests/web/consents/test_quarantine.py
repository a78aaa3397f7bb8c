"""A voice whose consent ended cannot be heard here; it is listed with its agents, and deleted from there."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_consent, make_job, make_preview, make_sample, make_voice
from tests.sandbox_voices import Living
from voices.actions.consents.ending import withdraw_consent
from voices.models import AuditEntry, Consent, Membership, PreviewFile, PreviewState, Voice, VoiceDeletion

TODAY = timezone.now().date()
LOCKED = "Can't be played: its consent was withdrawn or has expired."


def text(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]  # a response


def expired(member: Membership, **facts: object) -> Voice:
    """A voice whose consent ended yesterday, which the worker has not noticed yet."""
    consent = make_consent(member, make_sample(member), expires_on=TODAY - timedelta(days=1))
    voice = make_voice(member, consent=consent, consent_state="recorded", **facts)
    make_preview(voice)
    return voice


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}])
def test_expired_voice_is_not_played_by_the_clock(cast: Cast, headers: dict[str, str]) -> None:
    voice, vera = expired(cast.ed), cast.login(cast.vera)
    for url in (f"/voices/{voice.pk}/audio/", f"/voices/{voice.pk}/audio/?download=1"):
        answer = vera.get(url, headers=headers)
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (403, "text/html")
    for url in (f"/voices/{voice.pk}/player/", f"/voices/{voice.pk}/"):
        page = text(vera.get(url))
        assert (LOCKED in page, "<audio" in page, "/audio/" in page) == (True, False, False)
    PreviewFile.objects.update(state=PreviewState.FAILED)
    vera.post(f"/voices/{voice.pk}/preview/retry/")
    assert PreviewFile.objects.get().state == PreviewState.FAILED


def test_clone_job_of_an_ended_consent_plays_nothing(cast: Cast) -> None:
    job = make_job(cast.ed, state="created")
    voice = make_voice(cast.ed, job=job, sample=job.sample, consent=job.consent, consent_state="recorded")
    make_preview(voice)
    ed = cast.login(cast.ed)
    assert "<audio" in text(ed.get(f"/clones/{job.pk}/"))
    ed.post(f"/consents/{Consent.objects.get().uid}/withdraw/", {"reason": "She asked."})
    page = text(ed.get(f"/clones/{job.pk}/"))
    assert (LOCKED in page, "<audio" in page) == (True, False)


def test_player_asks_again_at_every_play(cast: Cast) -> None:
    """Else the browser would play its own copy for as long as it keeps it."""
    voice = make_voice(cast.ed)
    make_preview(voice)
    assert cast.login(cast.vera).get(f"/voices/{voice.pk}/audio/")["Cache-Control"] == "private, no-cache"


def test_library_marks_a_quarantined_voice_without_a_player(cast: Cast) -> None:
    voice = expired(cast.ed)
    Voice.objects.update(consent_state="ended")
    vera = cast.login(cast.vera)
    assert "Marlene" not in text(vera.get("/"))
    page = text(vera.get("/?consent=ended"))
    assert ("Consent withdrawn or expired" in page, f"/voices/{voice.pk}/player/" in page) == (True, False)
    assert "1 in quarantine hidden" in text(vera.get("/?counts=1"))


def test_withdraw_form_takes_a_reason_and_says_what_is_left(cast: Cast) -> None:
    consent = make_consent(cast.ed, make_sample(cast.ed))
    voice = make_voice(cast.ed, sample=consent.sample, consent=consent, consent_state="recorded")
    ed, url = cast.login(cast.ed), f"/consents/{consent.uid}/withdraw/"
    for page in (f"/voices/{voice.pk}/", f"/consents/{consent.uid}/"):
        assert f'action="{url}"' in text(ed.get(page))
    answer = ed.post(url, {"reason": " "})
    assert (answer.status_code, "Enter a short reason." in text(answer)) == (422, True)
    assert ed.post(url, {"reason": "She asked."}).status_code == 303
    page = text(ed.get(f"/consents/{consent.uid}/"))
    assert ("Consent withdrawn." in page, "Delete at Althea" in page, url in page) == (True, True, False)
    ed.post(url, {"reason": "Again."})
    assert "already withdrawn" in text(ed.get(f"/consents/{consent.uid}/"))
    page = text(ed.get(f"/voices/{voice.pk}/"))
    assert "In quarantine." in page
    assert f"/voices/{voice.pk}/consent/" in page
    assert "Ed withdrew the consent for Marlene" in page


@pytest.mark.parametrize(("who", "may"), [("vera", False), ("ed", False), ("ada", True)])
def test_withdraw_button_is_shown_to_those_who_may(cast: Cast, who: str, may: bool) -> None:
    consent = make_consent(cast.ada, make_sample(cast.ada))
    voice = make_voice(cast.ada, consent=consent, consent_state="recorded")
    page = text(cast.login(getattr(cast, who)).get(f"/voices/{voice.pk}/"))
    assert ("Withdraw consent" in page, "Download receipt" in page) == (may, True)


def test_quarantine_lists_voices_with_their_agents(cast: Cast, living: Living) -> None:
    cache.clear()
    living.key(cast.ed)
    consent = make_consent(cast.ed, make_sample(cast.ed))
    used, unused = (living.voice(cast.ed, name=name, consent=consent, consent_state="recorded")
                    for name in ("Ana", "Bea"))  # fmt: skip
    with living.asking() as http:
        agent = {"name": "Hotline", "callTemplate": {"voice": used.voice_id}}
        http.post("/api/agents", json=agent).raise_for_status()
    make_voice(cast.sam, name="Foreign", consent=make_consent(cast.sam), consent_state="ended")
    withdraw_consent(member=cast.ed, consent=consent, reason="She asked.", now=timezone.now())
    ed = cast.login(cast.ed)
    page = text(ed.get("/consents/"))
    assert ("Ana" in page, "Bea" in page, "Foreign" in page, "Hotline" in page) == (True, True, False, False)
    page = text(ed.get("/consents/?agents=1", headers={"HX-Request": "true"}))
    assert ('Used by <b dir="auto">Hotline</b>' in page, page.count("No agents use it")) == (True, 1)
    for voice in (used, unused):
        assert f'href="/voices/{voice.pk}/delete/"' in page
    answer = ed.post(f"/voices/{used.pk}/delete/", {"asked": "delete"})
    assert answer.status_code == 303
    assert VoiceDeletion.objects.get().status == 204
    page = text(ed.get(f"/consents/{consent.uid}/"))
    assert "Althea responded with 204: deleted" in page
    assert "Althea responded with 204: deleted." in text(ed.get(f"/voices/{used.pk}/"))
    assert AuditEntry.objects.get(verb="voice.deleted").facts["status"] == "204"
    assert "Ana" not in text(ed.get("/consents/"))


def test_quarantine_says_what_it_could_not_read(cast: Cast) -> None:
    expired(cast.ed)
    Voice.objects.update(consent_state="ended")
    page = text(cast.login(cast.vera).get("/consents/?agents=1"))
    assert "Couldn't load the agents in Northwind: no stored key belongs to" in page
    assert "No agents use it" not in page


def test_empty_quarantine_says_so(cast: Cast, client: Client) -> None:
    assert "No voices are in quarantine." in text(cast.login(cast.vera).get("/consents/"))
