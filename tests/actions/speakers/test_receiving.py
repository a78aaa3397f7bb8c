"""What comes by a link: kept once, for the team, and only while the link is good."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.actions.clone.test_samples import upload
from tests.base import Cast, make_cast
from tests.builders import make_request, make_sample
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from tests.sounds import speech_wav
from voices.actions.clone.samples import RefusedSampleError, sweep_unused_samples
from voices.actions.speakers.receiving import LinkClosedError, receive_recording
from voices.models import AuditEntry, Membership, Sample, SpeakerRequest, User

SPEECH = speech_wav(seconds=12, seed=3)


def send(
    request: SpeakerRequest, content: bytes = SPEECH, *, now: Callable[[], datetime] = lambda: NOON
) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    with upload(content) as file:
        try:
            receive_recording(request=request, file=file, sha256=sha256, signed_name="Ana Ruiz", now=now)
        finally:
            file.close()


@pytest.fixture
def asked(cast: Cast) -> SpeakerRequest:
    return make_request(cast.ed, expires_at=NOON + timedelta(days=1))


def test_recording_of_a_speaker_is_kept_for_the_team(asked: SpeakerRequest, cast: Cast) -> None:
    send(asked)
    asked.refresh_from_db()
    sample = Sample.objects.get()
    assert (sample.team, sample.uploader, sample.report is not None) == (cast.northwind, None, True)
    assert (asked.state, asked.sample, asked.received_at) == ("received", sample, NOON)
    assert asked.signed_name == "Ana Ruiz"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.team) == ("speaker.sent", None, cast.northwind)
    assert entry.facts == {
        "sample": hashlib.sha256(SPEECH).hexdigest(), "agreed_by": "Ana Ruiz", "statement": "en.1",
        "statement_sha256": asked.statement.sha256,
    }  # fmt: skip


def test_refused_recording_leaves_the_link_open(asked: SpeakerRequest) -> None:
    with pytest.raises(RefusedSampleError):
        send(asked, b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 40_000)
    asked.refresh_from_db()
    assert (asked.state, Sample.objects.count(), AuditEntry.objects.count()) == ("open", 0, 0)


def test_used_link_takes_no_second_recording(asked: SpeakerRequest, cast: Cast) -> None:
    make_sample(cast.ed, content=SPEECH)
    tab = SpeakerRequest.objects.get()
    send(asked)
    for request in (asked, tab):
        with pytest.raises(LinkClosedError):
            send(request)
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(("seconds", "is_good"), [(-1, True), (0, False), (1, False)])
def test_link_expires_to_the_second(asked: SpeakerRequest, cast: Cast, seconds: int, is_good: bool) -> None:
    make_sample(cast.ed, content=SPEECH)
    at = asked.expires_at + timedelta(seconds=seconds)
    if is_good:
        return send(asked, now=lambda: at)
    with pytest.raises(LinkClosedError):
        send(asked, now=lambda: at)
    return None


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"team": None}, {"is_active": False}])
def test_link_dies_with_its_requesters_right_to_ask(
    asked: SpeakerRequest, cast: Cast, change: dict[str, object]
) -> None:
    make_sample(cast.ada, content=SPEECH)
    if "team" in change:
        cast.ed.delete()
    elif "role" in change:
        Membership.objects.filter(pk=cast.ed.pk).update(**change)
    else:
        User.objects.filter(pk=cast.ed.user.pk).update(**change)
    with pytest.raises(LinkClosedError):
        send(asked)


@pytest.mark.django_db(transaction=True)
def test_of_two_phones_the_first_wins() -> None:
    cast = make_cast()
    make_sample(cast.ed, content=SPEECH)
    make_request(cast.ed, expires_at=NOON + timedelta(days=1))

    def send_once(_: int) -> str:
        try:
            send(SpeakerRequest.objects.get())
        except LinkClosedError:
            return "told"
        return "kept"

    assert sorted(at_once(send_once, count=2)) == ["kept", "told"]
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "stays"),
    [("received", True), ("accepted", True), ("declined", False), ("replaced", False)],
)
def test_sweep_spares_a_recording_until_it_is_declined(cast: Cast, state: str, stays: bool) -> None:
    sample = make_sample(cast.ed, used_at=NOON - timedelta(hours=2))
    asked = make_request(cast.ed, state=state, sample=sample)
    assert sweep_unused_samples(now=NOON) == (0 if stays else 1)
    asked.refresh_from_db()
    assert (asked.sample == sample) is stays


def test_requests_go_with_their_team(asked: SpeakerRequest, cast: Cast) -> None:
    cast.northwind.delete()
    assert not SpeakerRequest.objects.exists()
