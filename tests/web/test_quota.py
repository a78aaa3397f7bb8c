"""Slots: told where they matter, asked about before a clone is sent, and never the last word."""

import pytest
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account, make_job, make_key, make_order, make_voice
from voices.library.quota import deletion_candidates, quotas_of
from voices.models import AltheaAccount, ApiKey, CloneJob, Stage, Voice


@pytest.fixture
def account(cast: Cast) -> AltheaAccount:
    """Two voices of three, and what takes no slot."""
    account = make_account(name="Product", allowed_voices=3)
    key = make_key(cast.ed, account=account)
    for name in ("Marlene", "Sora"):
        make_voice(cast.ed, name=name, account=account, steward=key)
    make_voice(cast.ed, name="Gone", account=account, gone_at=timezone.now())
    make_voice(cast.ed, name="Deleted", account=account, deleted_at=timezone.now())
    make_voice(cast.ed, name="Stock", account=account, ownership="public")
    return account


def numbers(cast: Cast) -> list[tuple[str, int, int]]:
    """What Ed's meter says."""
    return [(one.account.name, one.used, one.allowed) for one in quotas_of(cast.ed)]


def test_quota_counts_only_voices_that_take_a_slot(cast: Cast, account: AltheaAccount) -> None:
    assert numbers(cast) == [("Product", 2, 3)]


def test_quota_counts_live_clones_and_shared_voices_once(cast: Cast, account: AltheaAccount) -> None:
    twin = Voice.objects.get(name="Sora")
    make_voice(cast.sam, name="Sora", account=account, voice_id=twin.voice_id)
    make_job(cast.ed, key=ApiKey.objects.get(account=account), name="Under way")
    assert numbers(cast) == [("Product", 3, 3)]


def test_quota_meter_is_absent_without_limit_or_key(cast: Cast, account: AltheaAccount) -> None:
    assert quotas_of(cast.sam) == ()
    assert [one.account for one in quotas_of(cast.ada)] == [account]  # no key of hers, but the team's voices
    account.allowed_voices = None
    account.save()
    assert quotas_of(cast.ed) == ()


def test_quota_meter_loads_with_the_counts(cast: Cast, account: AltheaAccount) -> None:
    page = cast.login(cast.ed).get("/library/counts/", headers={"HX-Request": "true"}).content.decode()
    assert "Slots · Product" in page
    assert "2 / 3" in " ".join(page.split())


def fill(account: AltheaAccount) -> None:
    """No room is left."""
    account.allowed_voices = 2
    account.save()


def test_full_account_is_announced_before_an_upload(cast: Cast, account: AltheaAccount) -> None:
    page = cast.login(cast.ed).get("/clone/").content.decode()
    assert "is full" not in page
    fill(account)
    page = cast.login(cast.ed).get("/clone/").content.decode()
    assert "Product is full:" in page
    assert "2 of 2 custom voices" in page
    key = ApiKey.objects.get(account=account)
    assert f"/slots/{key.pk}/" in page


def test_full_account_is_refused_unless_the_person_overrides(cast: Cast, account: AltheaAccount) -> None:
    fill(account)
    browser = cast.login(cast.ed)
    form = {"name": "Anna", "language": "en", "complete": "1"}
    refused = browser.post("/clone/", form)
    assert refused.status_code == 422
    assert "Product is full: 2 of 2 voices. Delete one first." in refused.content.decode()
    knows_better = browser.post("/clone/", form | {"anyway": "1"}).content.decode()
    assert "Delete one first." not in knows_better
    assert not CloneJob.objects.exists()


def test_quota_candidates_are_retired_first_and_never_aliased(cast: Cast, account: AltheaAccount) -> None:
    make_order(cast.ed, Voice.objects.get(name="Marlene"))
    make_voice(cast.ed, name="Old", account=account, stage=Stage.RETIRED, played_at=timezone.now())
    assert [voice.name for voice in deletion_candidates(cast.ed, account)] == ["Old", "Sora"]


def test_quota_candidates_are_shown_with_delete_links(cast: Cast, account: AltheaAccount) -> None:
    """No Althea answers here, so which agents use a voice is not known, and that is said."""
    key = ApiKey.objects.get(account=account)
    for headers in ({}, {"HX-Request": "true"}):
        page = cast.login(cast.ed).get(f"/slots/{key.pk}/", headers=headers).content.decode()
        assert f"/voices/{Voice.objects.get(name='Sora').pk}/delete/" in page
        assert "Couldn't load which agents" in page


def test_quota_recheck_never_blocks_the_form(cast: Cast, account: AltheaAccount) -> None:
    key = ApiKey.objects.get(account=account)
    browser = cast.login(cast.ed)
    answer = browser.post(f"/slots/{key.pk}/check/")
    assert (answer.status_code, answer["Location"]) == (303, "/clone/")
    assert "Couldn&#x27;t check" in browser.get("/clone/").content.decode()


def test_quota_recheck_swaps_the_note_alone(cast: Cast, account: AltheaAccount) -> None:
    fill(account)
    key, browser = ApiKey.objects.get(account=account), cast.login(cast.ed)
    page = browser.post(f"/slots/{key.pk}/check/", headers={"HX-Request": "true"}).content.decode()
    assert "Couldn&#x27;t check" in page
    assert "<form" not in page
    assert 'name="name"' not in page
