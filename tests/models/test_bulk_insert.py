"""Many new rows by one statement: the same rows that the ORM would have written, and those that were there stay."""

from uuid import uuid4

import pytest
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account
from voices.models import Health, Stage, Voice, insert_rows

pytestmark = pytest.mark.django_db


def test_bulk_insert_makes_the_same_rows_as_save(cast: Cast) -> None:
    account, now = make_account(), timezone.now()
    told = {"name": "Élodie 100% 'q' ?", "definition": {"é": [1, None]}, "raw": {}, "gone_at": None}
    rows = [{"id": uuid4(), "voice_id": name, "created_at": now, **told} for name in ("a", "b")]
    same = {"team_id": cast.northwind.pk, "account_id": account.pk, "changed_at": now}
    assert insert_rows(Voice, rows, **same) == 2
    written = Voice.objects.get(voice_id="a")
    saved = Voice.objects.create(**rows[0] | {"id": uuid4(), "voice_id": "c"}, **same)
    saved.refresh_from_db()
    for field in Voice._meta.concrete_fields:
        if field.attname not in ("id", "voice_id"):
            assert getattr(written, field.attname) == getattr(saved, field.attname), field.attname
    assert (written.pk, written.stage, written.health) == (rows[0]["id"], Stage.DRAFT, Health.UNHEARD)


def test_bulk_insert_skips_and_does_not_count_existing_rows(cast: Cast) -> None:
    same = {"team_id": cast.northwind.pk, "account_id": make_account().pk}
    same |= {"created_at": timezone.now(), "changed_at": timezone.now()}

    def rows(name: str, *ids: str) -> list[dict[str, object]]:
        return [{"id": uuid4(), "voice_id": one, "name": name} for one in ids]

    assert insert_rows(Voice, rows("Old", "a"), **same) == 1
    assert insert_rows(Voice, rows("New", "a", "b", "b", "c", "a"), **same) == 2
    assert insert_rows(Voice, rows("Newer", "a"), **same) == 0
    assert insert_rows(Voice, [], **same) == 0
    assert dict(Voice.objects.values_list("voice_id", "name")) == {"a": "Old", "b": "New", "c": "New"}
