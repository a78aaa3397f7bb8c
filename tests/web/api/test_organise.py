"""Tags, stages, aliases and previews by the API."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_consent, make_preview, make_voice
from tests.web.api.programs import program
from voices.models import Alias, Approval, AuditEntry, ConsentState, Team, Voice

API = "/api/v1"


def put(cast: Cast, path: str, sent: Any) -> Any:
    """The answer to a change by Ed's program."""
    return program(cast.ed, "manage").put(f"{API}/{path}", sent, "application/json")


@pytest.fixture
def voice(cast: Cast) -> Voice:
    return make_voice(cast.ed)


def test_tags_are_replaced_as_a_whole(cast: Cast, voice: Voice) -> None:
    put(cast, f"voices/{voice.pk}/tags", {"tags": ["Brand", "Warm"]})
    answer = put(cast, f"voices/{voice.pk}/tags", {"tags": ["warm", "Calm"]})
    assert (answer.status_code, answer.json()["tags"]) == (200, ["Calm", "Warm"])
    listed = program(cast.vera, "read").get(f"{API}/tags").json()["results"]
    assert [(one["name"], one["voices"]) for one in listed] == [("Brand", 0), ("Calm", 1), ("Warm", 1)]
    facts = [entry.facts["tag"] for entry in AuditEntry.objects.filter(verb="voice.untagged")]
    assert facts == ["Brand"]


def test_approved_by_a_program_waits_for_a_second_person(cast: Cast, voice: Voice) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(two_person_rule=True)
    answers = [
        put(cast, f"voices/{voice.pk}/stage?dryRun={dry}", {"stage": "approved"}) for dry in ("true", "false")
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(409, "waits_for_approval")] * 2
    voice.refresh_from_db()
    assert (voice.stage, Approval.objects.get().kind) == ("draft", "stage")


def test_full_voice_can_change_all_its_tags(cast: Cast, voice: Voice) -> None:
    for word in ("a", "b"):
        answer = put(cast, f"voices/{voice.pk}/tags", {"tags": [f"{word}{number}" for number in range(20)]})
        assert (answer.status_code, len(answer.json()["tags"])) == (200, 20)


@pytest.mark.parametrize("sent", [{}, {"tags": "Brand"}, {"tags": [""]}, {"tags": ["a, b"]}, {"tag": []}, []])
def test_wrong_tags_are_refused(cast: Cast, voice: Voice, sent: Any) -> None:
    answer = put(cast, f"voices/{voice.pk}/tags", sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_body_that_is_no_json_is_unreadable(cast: Cast, voice: Voice) -> None:
    for text in ("{", "\x00", "é"):
        answer = put(cast, f"voices/{voice.pk}/tags", text)
        assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


def test_stage_is_moved_unless_it_changed_meanwhile(cast: Cast, voice: Voice) -> None:
    path = f"voices/{voice.pk}/stage"
    assert put(cast, path, {"stage": "approved"}).json()["stage"] == "approved"
    late = put(cast, path, {"stage": "retired", "seen": "draft"})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    assert put(cast, path, {"stage": "best"}).json()["field"] == "stage"


def test_alias_is_created_moved_resolved_and_removed(cast: Cast, voice: Voice) -> None:
    other = make_voice(cast.ed, name="Sora")
    reader = program(cast.vera, "read")
    assert put(cast, "aliases/brand-en", {"voice": str(voice.pk)}).json()["voiceName"] == "Marlene"
    assert reader.get(f"{API}/aliases/brand-en").json()["voiceId"] == voice.voice_id
    assert put(cast, "aliases/brand-en", {"voice": str(other.pk), "seen": str(other.pk)}).status_code == 409
    assert put(cast, "aliases/brand-en", {"voice": str(other.pk)}).json()["voice"] == str(other.pk)
    assert [one["name"] for one in reader.get(f"{API}/aliases").json()["results"]] == ["brand-en"]
    assert program(cast.ed).delete(f"{API}/aliases/brand-en").status_code == 204
    assert reader.get(f"{API}/aliases/brand-en").status_code == 404


def test_alias_of_another_team_is_a_404(cast: Cast) -> None:
    Alias.objects.create(
        team=cast.southwind, name="brand", voice=make_voice(cast.sam), moved_at=timezone.now()
    )
    assert program(cast.ada).get(f"{API}/aliases/brand").status_code == 404


def test_alias_needs_a_good_name_and_a_voice_of_the_team(cast: Cast, voice: Voice) -> None:
    assert put(cast, "aliases/_", {"voice": str(voice.pk)}).status_code == 422
    assert put(cast, "aliases/brand", {"voice": str(uuid4())}).status_code == 404
    assert put(cast, "aliases/brand", {"voice": str(make_voice(cast.sam).pk)}).status_code == 404


def test_preview_is_sent_whole_and_in_parts(cast: Cast, voice: Voice) -> None:
    make_preview(voice)
    client, url = program(cast.vera, "read"), f"{API}/voices/{voice.pk}/preview"
    whole, part = client.get(url), client.get(url, headers={"Range": "bytes=2-5"})
    assert (whole.status_code, part.status_code) == (200, 206)
    assert part.content == whole.content[2:6]
    far = client.get(url, headers={"Range": "bytes=99999999-"})
    assert (far.status_code, far.json()["code"]) == (416, "range")


def test_voice_whose_consent_ended_is_not_played(cast: Cast, voice: Voice) -> None:
    make_preview(voice)
    ended = make_consent(cast.ed, expires_on=timezone.now().date() - timedelta(days=2))
    Voice.objects.filter(pk=voice.pk).update(consent=ended, consent_state=ConsentState.ENDED)
    answer = program(cast.vera, "read").get(f"{API}/voices/{voice.pk}/preview")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_missing_preview_is_a_404(cast: Cast, voice: Voice) -> None:
    assert program(cast.vera, "read").get(f"{API}/voices/{voice.pk}/preview").status_code == 404
