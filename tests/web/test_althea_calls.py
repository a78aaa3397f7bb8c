"""A slow Althea takes a few page threads only: one more call is a sentence at once, and nothing is changed."""

from contextlib import ExitStack

import pytest
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_key
from voices.gateway import CALL_LIMIT, BusyError, ask, caller
from voices.kit.concurrency import ConcurrencyLimit
from voices.kit.secret import Secret
from voices.models import AuditEntry


@pytest.fixture
def busy(cast: Cast) -> ExitStack:
    """All limit of Ada taken, as by calls that wait for an Althea that hangs."""
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(CALL_LIMIT.slot_for(cast.ada.user.pk))
        yield held


def test_key_test_without_a_place_is_503_and_changes_nothing(cast: Cast, busy: ExitStack) -> None:
    key = make_key(cast.ada)
    before = (key.state, key.checked_at, AuditEntry.objects.count())
    answer = cast.login(cast.ada).post(f"/keys/{key.pk}/test/")
    key.refresh_from_db()
    assert (key.state, key.checked_at, AuditEntry.objects.count()) == before
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Althea is slow right now" in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_full_person_leaves_others_their_places(cast: Cast, busy: ExitStack, settings: Settings) -> None:
    # Nobody listens there: a call that is made fails at once.
    settings.ALTHEA_URL = settings.SANDBOX_URL = "http://127.0.0.1:9"
    key = make_key(cast.ed)
    assert cast.login(cast.ed).post(f"/keys/{key.pk}/test/").status_code == 303


def test_ask_needs_a_place_and_opens_no_connection_without() -> None:
    full = ConcurrencyLimit(in_all=0, each=0, waiting=0, seconds=0)
    with pytest.raises(BusyError):
        ask(None, secret=Secret("k" * 20), endpoint="althea", open_http=None, limit=full)  # type: ignore[arg-type]


def test_the_caller_is_nobody_after_a_request(cast: Cast) -> None:
    cast.login(cast.ada).get("/keys/")
    assert caller.get() is None
