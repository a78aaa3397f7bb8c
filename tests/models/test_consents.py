"""A consent says once what was stated; it ends by withdrawal or with its last day, in UTC."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.base import Cast
from tests.builders import make_consent, make_sample, make_voice
from tests.kit.fakes import NOON
from voices.models import (
    Consent,
    ConsentState,
    ConsentStatement,
    VoiceDeletion,
    last_day_that_expires_soon,
)
from voices.models.shipped_statements import SHIPPED_STATEMENTS

LAST_DAY = date(2026, 3, 2)  # NOON's day
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize("change", [{"speaker": "Bea"}, {"basis": "own"}, {"expires_on": LAST_DAY}, {}])
def test_consent_cannot_be_changed_or_deleted(cast: Cast, change: dict[str, Any]) -> None:
    consent = make_consent(cast.ed, make_sample(cast.ed))
    before = Consent.objects.values().get()
    for name, value in change.items():
        setattr(consent, name, value)
    with pytest.raises(TypeError, match="Consents cannot be changed"):
        consent.save()
    with pytest.raises(TypeError, match="Consents cannot be changed"):
        Consent.objects.update(**change)
    for delete in (consent.delete, Consent.objects.all().delete):
        with pytest.raises(TypeError, match="Consents cannot be deleted"):
            delete()
    assert Consent.objects.values().get() == before


def test_withdrawal_changes_nothing_else_and_happens_once(cast: Cast) -> None:
    make_consent(cast.ed, make_sample(cast.ed))
    before = Consent.objects.values().get()
    assert Consent.objects.all().withdraw(by=cast.ada.user, reason="She asked.", now=NOON) == 1
    assert Consent.objects.all().withdraw(by=cast.ed.user, reason="Again.", now=NOON) == 0
    withdrawn = {
        "withdrawn_at": NOON, "withdrawn_by_id": cast.ada.user.pk, "withdrawn_by_name": "Ada",
        "withdrawal_reason": "She asked.",
    }  # fmt: skip
    assert Consent.objects.values().get() == before | withdrawn


def test_statements_and_proofs_cannot_be_changed(cast: Cast) -> None:
    consent = make_consent(cast.ed)
    voice = make_voice(cast.ed, consent=consent)
    VoiceDeletion.objects.create(team=cast.northwind, voice=voice, status=204, deleted_at=NOON)
    for model, change in ((ConsentStatement, {"text": "Other"}), (VoiceDeletion, {"status": 500})):
        row = model.objects.get()
        with pytest.raises(TypeError, match="cannot be changed"):
            model.objects.update(**change)
        for act in (row.save, row.delete):
            with pytest.raises(TypeError):
                act()


@pytest.mark.parametrize(
    ("expires_on", "now", "state"),
    [
        (None, NOON, "recorded"),
        (LAST_DAY, MIDNIGHT - timedelta(microseconds=1), "expiring"),
        (LAST_DAY, MIDNIGHT, "ended"),
        (LAST_DAY, MIDNIGHT - timedelta(days=30), "expiring"),
        (LAST_DAY, MIDNIGHT - timedelta(days=30, microseconds=1), "recorded"),
    ],
)
def test_consent_holds_to_the_end_of_its_last_day(expires_on: date | None, now: datetime, state: str) -> None:
    consent = Consent(basis="own", expires_on=expires_on)
    assert consent.state(now) == state
    assert consent.has_ended(now) is (state == "ended")
    assert expires_on is None or (expires_on <= last_day_that_expires_soon(now)) is (state != "recorded")


def test_withdrawn_consent_has_ended_whatever_its_date() -> None:
    consent = Consent(basis="own", expires_on=date(2030, 1, 1), withdrawn_at=NOON)
    assert consent.state(NOON) == ConsentState.ENDED


def test_current_statements_are_the_newest_or_shipped_ones(cast: Cast) -> None:
    for version in (1, 2, 3):
        ConsentStatement.objects.create(
            team=cast.northwind, language="de", version=version, text=f"Text {version}", written_at=NOON
        )
    current = ConsentStatement.objects.current(cast.northwind)
    assert list(current) == ["en", "de", "es", "fr", "it", "nl", "pt"]
    assert (current["de"].reference, current["de"].text) == ("de.3", "Text 3")
    assert (current["en"].reference, current["en"].text) == ("en.1", SHIPPED_STATEMENTS["en"])
    assert ConsentStatement.objects.current(cast.southwind)["de"].text == SHIPPED_STATEMENTS["de"]


def test_shipped_statement_is_stored_once_when_it_is_agreed_to(cast: Cast) -> None:
    shipped = ConsentStatement.objects.current(cast.northwind)["fr"]
    kept = [ConsentStatement.objects.stored(shipped, NOON) for _ in range(2)]
    assert kept[0].pk == kept[1].pk
    assert ConsentStatement.objects.current(cast.northwind)["fr"].pk == kept[0].pk
