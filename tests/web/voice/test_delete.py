"""The delete page: asked once with all that follows, done with the own key, and true about what Althea did."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account, make_key, make_sample, make_voice
from tests.sandbox_voices import Living
from voices.models import Alias, AltheaAccount, ApiKey, AuditEntry, KeyState, Voice

DELETE = {"asked": "delete"}


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


@pytest.fixture
def voice(cast: Cast, living: Living) -> Voice:
    living.key(cast.ed)
    return living.voice(cast.ed, sample=make_sample(cast.ed, filename="marlene.wav"))


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def told(answer: HttpResponse) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def url(voice: Voice) -> str:
    return f"/voices/{voice.pk}/delete/"


def row(voice: Voice) -> Voice:
    return Voice.objects.get(pk=voice.pk)


def test_delete_page_asks_once_and_names_consequences(
    ed: Client, voice: Voice, cast: Cast, living: Living
) -> None:
    AltheaAccount.objects.update(allowed_voices=7)
    Alias.objects.create(team=cast.northwind, name="brand-en", voice=voice, moved_at=timezone.now())
    page = text(ed.get(url(voice)))
    assert "Delete Marlene?" in page
    assert "The alias brand-en points to it" in page
    assert "One of the account's 7 voice slots becomes free." in page
    assert "marlene.wav" in page
    assert "A team admin can clone it again" in page
    assert living.told(voice) is not None
    assert row(voice).deleted_at is None


def test_delete_page_lists_agents_that_use_the_voice(ed: Client, voice: Voice, living: Living) -> None:
    assert "No agents in the account use it" in text(ed.get(url(voice)))
    cache.clear()
    living.agent("Front desk", voice="Marlene")
    living.agent("Night line", voice=voice.voice_id)
    page = text(ed.get(url(voice)))
    assert "Front desk by name" in page
    assert "Night line by ID" in page
    assert "These agents will have no voice" in page


def test_delete_page_says_that_agents_cannot_be_read(ed: Client, voice: Voice, living: Living) -> None:
    living.sandbox.fault(effect="html", method="GET", path="/api/agents")
    assert "Couldn't load which agents use it" in text(ed.get(url(voice)))


def test_delete_button_deletes_at_althea_and_leaves_a_tombstone(
    ed: Client, voice: Voice, living: Living
) -> None:
    answer = ed.post(url(voice), DELETE)
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert "Marlene was deleted at Althea." in told(answer)
    assert living.told(voice) is None
    assert row(voice).deleted_at is not None
    assert AuditEntry.objects.get().verb == "voice.deleted"
    assert "Marlene" not in text(ed.get("/")).replace("Marlene was deleted at Althea.", "")


def test_second_delete_says_that_it_is_done(ed: Client, voice: Voice) -> None:
    ed.post(url(voice), DELETE)
    answer = ed.post(url(voice), DELETE)
    assert (answer.status_code, answer["Location"]) == (303, f"/voices/{voice.pk}/")
    assert "is already deleted" in told(answer)
    assert AuditEntry.objects.count() == 1


def test_confirming_removal_of_a_gone_voice_never_calls_althea(
    ed: Client, voice: Voice, living: Living
) -> None:
    Voice.objects.update(gone_at=timezone.now())
    assert "asked" not in ed.get(url(voice)).content.decode()
    Voice.objects.update(gone_at=None)  # a sync found it again while the page was open
    answer = ed.post(url(voice))
    assert "it stays in the library" in told(answer)
    assert living.told(voice) is not None
    assert row(voice).deleted_at is None


def test_a_gone_voice_is_removed_without_any_key(cast: Cast, voice: Voice, living: Living) -> None:
    ApiKey.objects.all().delete()
    Voice.objects.update(gone_at=timezone.now())
    ed = cast.login(cast.ed)
    assert "Remove Marlene?" in text(ed.get(url(voice)))
    assert "Go to your keys" not in text(ed.get(url(voice)))
    assert "removed from the library" in told(ed.post(url(voice)))
    assert row(voice).deleted_at is not None
    assert living.sandbox.log(method="DELETE") == []


def no_key(cast: Cast, living: Living) -> Any:
    return None


def another_account(cast: Cast, living: Living) -> Any:
    return make_key(cast.ed, account=make_account())


def refused(cast: Cast, living: Living) -> Any:
    return living.key(cast.ed, state=KeyState.REFUSED)


@pytest.mark.parametrize("key", [no_key, another_account, refused])
def test_delete_needs_a_working_key_of_the_person(ed: Client, cast: Cast, living: Living, key: Any) -> None:
    steward = living.key(cast.ada)
    voice = living.voice(cast.ada, steward=steward)
    key(cast, living)
    page = ed.get(url(voice))
    assert b'<a href="/keys/">Go to your keys</a>' in page.content
    assert b"Delete voice" not in page.content
    assert ed.post(url(voice), DELETE).status_code == 422
    assert living.told(voice) is not None


def test_catalogue_voice_cannot_be_deleted(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed, account=make_key(cast.ed).account, ownership="public")
    assert "it can't be changed or deleted here" in text(ed.get(url(voice)))
    assert ed.post(url(voice), DELETE).status_code == 422
    assert row(voice).deleted_at is None


@pytest.mark.parametrize("who", ["vera", "sam", "nora"])
def test_delete_page_is_closed_to_everybody_else(cast: Cast, voice: Voice, living: Living, who: str) -> None:
    browser = cast.login(getattr(cast, who))
    status = {"vera": 403, "sam": 404, "nora": 403}[who]
    assert browser.get(url(voice)).status_code == browser.post(url(voice), DELETE).status_code == status
    assert living.told(voice) is not None


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"effect": "drop"}, "the voice is still there"),
        ({"effect": "html"}, "the voice is still there"),
        ({"effect": "throttle", "seconds": 7}, "Nothing was deleted. Try again in 7 s."),
        ({"effect": "status", "status": 401, "body": ["No"]}, "Althea refused this, though the key works."),
        ({"effect": "status", "status": 409, "body": {"detail": "In use."}}, "In use. Nothing was deleted."),
    ],
)
def test_failed_delete_is_explained_and_can_be_repeated(
    ed: Client, voice: Voice, living: Living, fault: dict[str, Any], sentence: str
) -> None:
    living.sandbox.fault(**fault, method="DELETE")
    answer = ed.post(url(voice), DELETE)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert row(voice).deleted_at is None
    assert ed.post(url(voice), DELETE).status_code == 303
    assert living.told(voice) is None


def test_delete_with_a_lost_answer_succeeds_if_it_landed(ed: Client, voice: Voice, living: Living) -> None:
    living.sandbox.fault(effect="drop", how="rst", method="DELETE", commit=True)
    assert ed.post(url(voice), DELETE).status_code == 303
    assert row(voice).deleted_at is not None


def test_delete_of_a_voice_gone_meanwhile_succeeds(ed: Client, voice: Voice, living: Living) -> None:
    ed.get(url(voice))
    living.delete(voice)
    assert "was deleted at Althea" in told(ed.post(url(voice), DELETE))


def test_refused_key_links_to_the_keys_page(ed: Client, voice: Voice, living: Living) -> None:
    living.sandbox.revoke(living.secret)
    answer = ed.post(url(voice), DELETE)
    assert "Althea refused your key “Sandbox”. Nothing was deleted." in text(answer)
    assert "Go to your keys" in text(answer)
    assert ApiKey.objects.get().state == KeyState.REFUSED
