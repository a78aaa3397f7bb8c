"""Migrations 0012 to 0014: consents of an older release keep all they said, and their voices know them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.kit.fakes import NOON
from tests.models.test_fill_facts import Rows
from voices.library.search import drop_index, update_index
from voices.models import Consent, Voice, audit_triggers

BEFORE = ("voices", "0011_samples_of_any_kind")
pytestmark = pytest.mark.django_db(transaction=True)


def migrate(*targets: tuple[str, str]) -> Any:
    # As before any migration: triggers name columns that come later, and refuse what a migration fills.
    drop_index(connection)
    audit_triggers.drop(connection)
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    return executor.loader.project_state(list(targets) or None).apps


@pytest.fixture
def old() -> Iterator[Apps]:
    yield migrate(BEFORE)
    migrate()
    update_index(connection)
    audit_triggers.install(connection)


def test_earlier_consents_migrate_without_loss(old: Apps) -> None:
    rows = Rows(old)
    stated: dict[str, Any] = {"sample": rows.sample, "stated_at": NOON}
    kinds: list[dict[str, Any]] = [
        {"basis": "agreed", "speaker": "Ana Ruiz", "proof": "Contract 17", "stated_by": rows.ed},
        {"basis": "own", "stated_by": rows.ed},
        {"basis": "made", "stated_by": None},
    ]
    consents = [rows.model("Consent").objects.create(**stated, **kind) for kind in kinds]
    voice = rows.voice(job=rows.job(consent=consents[0]))
    other = rows.voice(job=rows.job(consent=None))
    migrate()
    found = list(Consent.objects.order_by("pk"))
    assert [str(one) for one in found] == [
        "Ana Ruiz consented, proof: Contract 17", "Their own voice", "Synthetic voice",
    ]  # fmt: skip
    first = found[0]
    assert (first.team_id, first.stated_at, first.stated_by_name) == (rows.team.pk, NOON, "Ed")
    assert (first.received_sha256, first.sent_sha256, first.relation, first.statement) == ("a", "a", "", None)
    assert len({one.uid for one in found} - {None}) == 3
    assert found[2].stated_by_name == ""
    states = Voice.objects.in_bulk([voice.pk, other.pk])
    assert (states[voice.pk].consent, states[voice.pk].consent_state) == (first, "recorded")
    assert (states[other.pk].consent, states[other.pk].consent_state) == (None, "missing")
