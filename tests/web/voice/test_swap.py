"""Replacing a voice in agents: who may, which voices may take over, what is reviewed, and what a form may not say."""

import re
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account, make_consent, make_sample, make_voice
from tests.sandbox_voices import Living
from tests.swapped_voices import key, new, old
from voices.models import Alias, AuditEntry, BulkItem, BulkRun, ItemState, Voice, VoiceSwap
from voices.web.voice import swap

__all__ = ["key", "new", "old"]  # fixtures


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


@pytest.fixture
def agents(living: Living) -> dict[str, str]:
    named = {"Front desk": "Marlene", "Night line": "old-id", "Other": "third"}
    return {name: living.agent(name, voice=voice) for name, voice in named.items()}


@pytest.fixture
def alias(cast: Cast, old: Voice) -> Alias:
    return Alias.objects.create(team=cast.northwind, name="brand-en", voice=old, moved_at=timezone.now())


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def after(client: Client, path: str) -> str:
    """The page that a post leads to, as text."""
    return text(client.get(client.post(path)["Location"]))


def url(voice: Voice) -> str:
    return f"/voices/{voice.pk}/replace/"


def test_swap_offers_voices_of_the_account_only(ed: Client, cast: Cast, old: Voice, new: Voice) -> None:
    make_voice(cast.ed, name="Elsewhere", account=make_account(account_id="2"))
    make_voice(cast.ed, name="Gone", account=old.account, gone_at=timezone.now(), voice_id="g")
    make_voice(cast.ed, name="Stock", account=old.account, ownership="public", voice_id="s")
    page = ed.get(url(old)).content.decode()
    offered = re.findall(r'<input type="radio" name="to" value="([^"]+)"', page)
    names = {voice.name for voice in Voice.objects.filter(pk__in=offered)}
    assert names == {"Bella", "Stock"}


def test_swap_reviews_only_agents_that_name_the_voice(
    ed: Client, old: Voice, new: Voice, agents: dict[str, str]
) -> None:
    answer = ed.get(url(old), {"to": new.pk})
    page = text(answer)
    assert "2 agents in" in page
    assert "Front desk by name, then by ID Night line by ID" in page
    assert "Other" not in page
    assert not BulkRun.objects.exists()


def test_swap_queues_the_ticked_agents_as_they_were_read(
    ed: Client, old: Voice, new: Voice, agents: dict[str, str], living: Living
) -> None:
    stranger = living.agent("Stranger", voice="third")
    form = {"to": new.pk, "agent": [agents["Front desk"], agents["Other"], stranger, "nonsense"]}
    answer = ed.post(url(old), form)
    run = BulkRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/bulk/{run.pk}/")
    item = run.items.get()
    assert (item.name, item.agent_id, item.before, item.after) == (
        "Front desk", agents["Front desk"], "Marlene", "new-id",
    )  # fmt: skip
    page = text(ed.get(answer["Location"]))
    assert "Replace “Marlene” with “Bella” in 1 agent" in page
    assert AuditEntry.objects.filter(verb="voice.swapped_out", thing_id=str(old.pk)).count() == 1
    assert "Replaced with" in text(ed.get(f"/voices/{old.pk}/"))


def test_agents_beyond_the_list_are_one_box(ed: Client, old: Voice, new: Voice, living: Living) -> None:
    ids = [living.agent(f"A{number:03}", voice="old-id") for number in range(swap.SHOWN + 2)]
    page = ed.get(url(old), {"to": new.pk}).content.decode()
    assert page.count('name="agent"') == swap.SHOWN
    assert "and 2 more agents" in page
    form = {"to": new.pk, "shown": ",".join(ids[: swap.SHOWN]), "agent": ids[0], "rest": "1"}
    ed.post(url(old), form)
    assert sorted(BulkItem.objects.values_list("name", flat=True)) == ["A000", "A100", "A101"]


@pytest.mark.parametrize("asked", [True, False])
def test_alias_moves_along_only_if_asked(
    ed: Client, new: Voice, alias: Alias, agents: dict[str, str], asked: bool
) -> None:
    old = alias.voice
    assert old
    assert "Move the alias brand-en too" in text(ed.get(url(old), {"to": new.pk, "alias": alias.pk}))
    form = {"to": new.pk, "alias": alias.pk, "agent": agents["Front desk"]}
    ed.post(url(old), form | ({"move_alias": "1"} if asked else {}))
    alias.refresh_from_db()
    assert alias.voice == (new if asked else old)
    BulkRun.objects.update(state="done")
    BulkItem.objects.update(state=ItemState.DONE)
    ed.post(f"/bulk/{BulkRun.objects.get().pk}/undo/")
    alias.refresh_from_db()
    assert alias.voice == old


def test_swap_says_why_a_voice_cannot_take_over(
    ed: Client, cast: Cast, old: Voice, agents: dict[str, str]
) -> None:
    sample = make_sample(cast.ed)
    consent = make_consent(cast.ed, sample, withdrawn_at=timezone.now())
    wrong = {
        old: "This is the voice you're replacing.",
        make_voice(cast.ed, name="Away", account=make_account(account_id="2")): "in another account",
        make_voice(cast.ed, name="Gone", account=old.account, gone_at=timezone.now()): "no longer at Althea",
        make_voice(cast.ed, name="Ended", account=old.account, consent=consent, voice_id="e"): "withdrawn",
    }
    for voice, reason in wrong.items():
        form = {"to": voice.pk, "agent": agents["Front desk"]}
        for answer in (ed.get(url(old), form), ed.post(url(old), form)):
            assert (answer.status_code, reason in text(answer)) == (422, True), reason
    assert not BulkRun.objects.exists()


def test_swap_without_an_own_key_says_so(cast: Cast, old: Voice, new: Voice, agents: dict[str, str]) -> None:
    ada = cast.login(cast.ada)
    for answer in (ada.get(url(old)), ada.get(url(old), {"to": new.pk})):
        assert "you need your own key" in text(answer)
        assert "Front desk" not in text(answer)
    assert ada.post(url(old), {"to": new.pk, "agent": agents["Front desk"]}).status_code == 422
    assert not BulkRun.objects.exists()


def test_swap_that_cannot_read_the_agents_says_so(
    ed: Client, old: Voice, new: Voice, agents: dict[str, str], living: Living
) -> None:
    living.sandbox.fault(effect="html", method="GET", path="/api/agents", times=2)
    assert "load the account's agents" in text(ed.get(url(old), {"to": new.pk}))
    answer = ed.post(url(old), {"to": new.pk, "agent": agents["Front desk"]})
    assert (answer.status_code, "nothing was changed" in text(answer)) == (422, True)


def test_swap_form_of_the_bulk_bar_is_refused(ed: Client, old: Voice) -> None:
    assert ed.post("/bulk/", {"verb": "swap", "voice": old.pk}).status_code == 303
    assert not BulkRun.objects.exists()


def test_swap_is_undone_once_and_only_when_it_has_ended(
    ed: Client, old: Voice, new: Voice, agents: dict[str, str]
) -> None:
    ed.post(url(old), {"to": new.pk, "agent": agents["Front desk"]})
    run = BulkRun.objects.get()
    path = f"/bulk/{run.pk}/undo/"
    assert "still in progress" in after(ed, path)
    BulkRun.objects.update(state="done")
    assert "nothing to undo" in after(ed, path)
    BulkItem.objects.update(state=ItemState.DONE)
    assert "bulk-undo" in ed.get(f"/bulk/{run.pk}/").content.decode()
    undo = after(ed, path)
    assert "Replace “Bella” with “Marlene” in 1 agent" in undo
    assert "This undoes an earlier replacement" in undo
    assert "already undone" in after(ed, path)
    item = BulkItem.objects.exclude(run=run).get()
    assert (item.before, item.after) == ("new-id", "Marlene")
    assert VoiceSwap.objects.get(undoes=run).new == old
    page = ed.get(f"/bulk/{run.pk}/")
    assert "This was undone" in text(page)
    assert "bulk-undo" not in page.content.decode()
