"""Sealing all keys anew loses none, whatever interrupts it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as active
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast, make_cast
from tests.builders import SECRET, make_endpoint, make_key, make_voice
from voices import gateway
from voices.actions.keys.rotation import NotAllOpenedError, rotate_keys
from voices.actions.keys.store import remove_key
from voices.actions.notices.endpoints import rotate_secret
from voices.actions.voice.definitions import full_definition, public_definition, sealed_secrets
from voices.audit import sentence
from voices.kit.sealing import Sealer
from voices.kit.sealing import make_key as make_encryption_key
from voices.kit.secret import Secret
from voices.models import ApiKey, AuditEntry, KeyState, SealCanary


def sealed_columns(headers: dict[str, str], row_id: UUID) -> dict[str, Any]:
    """Columns of a voice whose definition has these headers."""
    definition = {"generic": {"headers": headers}}
    return {
        "definition": public_definition(definition),
        "sealed_secrets": sealed_secrets(definition, row_id=row_id),
    }


ROOT = Path(__file__).resolve().parents[3]


def count_sealed_with(key: str) -> int:
    """How many stored keys that encryption key alone opens."""
    sealer = Sealer([key])
    return sum(sealer.is_current(row.sealed) for row in ApiKey.objects.stored())


def add_key_in_front(settings: Settings) -> tuple[str, str]:
    """A new encryption key is configured in front of the old one; returns new and old."""
    new, old = make_encryption_key(), active.ENCRYPTION_KEYS[0]
    settings.ENCRYPTION_KEYS = [new, old]
    return new, old


def test_rotate_keys_makes_the_old_key_unnecessary(cast: Cast, settings: Settings) -> None:
    keys = [make_key(cast.ada, secret=f"{SECRET[:-3]}{number:03}") for number in range(7)]
    new, _ = add_key_in_front(settings)
    assert rotate_keys(batch=3) == 7
    settings.ENCRYPTION_KEYS = [new]
    gateway.verify_encryption_key()
    for number, key in enumerate(keys):
        key.refresh_from_db()
        assert gateway.unseal(key) == Secret(f"{SECRET[:-3]}{number:03}")


def test_rotate_keys_seals_secrets_of_webhooks_as_well(cast: Cast, settings: Settings) -> None:
    endpoint, first = make_endpoint(cast.ada), active.ENCRYPTION_KEYS[0]
    new, _ = add_key_in_front(settings)
    now = timezone.now()
    secret = rotate_secret(
        member=cast.ada, endpoint=endpoint, now=now
    )  # the old one is still sealed with the old key
    endpoint.refresh_from_db()
    before = gateway.unseal_webhook(endpoint, now=now)
    assert (rotate_keys(), rotate_keys()) == (1, 0)
    settings.ENCRYPTION_KEYS = [new]
    endpoint.refresh_from_db()
    assert gateway.unseal_webhook(endpoint, now=now) == before
    assert (before[0] == secret, len(before), first != new) == (True, 2, True)


def test_rotate_keys_seals_secrets_of_definitions_as_well(cast: Cast, settings: Settings) -> None:
    voice = make_voice(cast.ada, id=(pk := uuid4()), **sealed_columns({"X-Key": "s3cret"}, pk))
    other = make_voice(cast.ada, sealed_secrets=voice.sealed_secrets)
    new, _ = add_key_in_front(settings)
    with pytest.raises(NotAllOpenedError, match="1 of the stored keys"):
        rotate_keys()
    other.delete()
    rotate_keys()
    settings.ENCRYPTION_KEYS = [new]
    voice.refresh_from_db()
    assert full_definition(voice) == {"generic": {"headers": {"X-Key": Secret("s3cret")}}}


def test_rotate_keys_is_audited_once_and_repeats_do_nothing(cast: Cast, settings: Settings) -> None:
    make_key(cast.ada)
    make_key(cast.ed)
    add_key_in_front(settings)
    told: list[int] = []
    rotate_keys(batch=1, report=told.append)
    assert told == [1, 2]
    assert rotate_keys() == 0
    (entry,) = AuditEntry.objects.filter(verb="keys.rotated")
    assert entry.facts == {"keys": 2}
    assert sentence(entry) == "Voice Studio re-encrypted all stored keys with the newest encryption key"


def test_rotate_keys_leaves_removed_keys_without_a_value(cast: Cast, settings: Settings) -> None:
    key = remove_key(member=cast.ada, key=make_key(cast.ada))
    add_key_in_front(settings)
    assert rotate_keys() == 0
    key.refresh_from_db()
    assert (bytes(key.sealed), key.state) == (b"", KeyState.REMOVED)


def test_rotate_keys_names_unreadable_keys_and_keeps_old_canary(cast: Cast, settings: Settings) -> None:
    fine, damaged, foreign = make_key(cast.ada), make_key(cast.ed), make_key(cast.vera)
    ApiKey.objects.filter(pk=damaged.pk).update(sealed=b"damaged")
    ApiKey.objects.filter(pk=foreign.pk).update(sealed=fine.sealed)
    new, old = add_key_in_front(settings)
    with pytest.raises(NotAllOpenedError, match="2 of the stored keys"):
        rotate_keys()
    fine.refresh_from_db()
    assert gateway.unseal(fine) == Secret(SECRET)
    assert count_sealed_with(new) == 1
    assert Sealer([old]).is_current(SealCanary.objects.get().sealed)
    assert not AuditEntry.objects.filter(verb="keys.rotated").exists()


def database_url() -> str:
    """The test's own database, for another process."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    login = ":".join(filter(None, (facts["USER"], facts["PASSWORD"])))
    return f"postgres://{login}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_rotate_keys_killed_midway_loses_nothing_and_resumes(settings: Settings) -> None:
    cast = make_cast()
    pattern = make_key(cast.ada)
    rows = [
        ApiKey(
            id=(row_id := uuid4()), owner=cast.ed.user, label=f"Key {number}", prefix="Zk9Ht7Lm", last4="D4sT",
            sealed=gateway.seal(Secret(f"{SECRET}{number}"), row_id=row_id), account=pattern.account,
        )
        for number in range(999)
    ]  # fmt: skip
    ApiKey.objects.bulk_create(rows)
    new, old = add_key_in_front(settings)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "voicestudio.settings",
        "VOICESTUDIO_DATABASE_URL": database_url(),
        "VOICESTUDIO_ENCRYPTION_KEYS": f"{new},{old}",
    }
    command = [sys.executable, "manage.py", "rotate_keys", "--batch", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "2 keys so far\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert 0 < count_sealed_with(new) < 1_000
    assert count_sealed_with(new) + count_sealed_with(old) == 1_000
    assert len([gateway.unseal(row) for row in ApiKey.objects.all()]) == 1_000

    command[-1] = "200"
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("keys are now encrypted with the first encryption key.\n")
    settings.ENCRYPTION_KEYS = [new]
    gateway.verify_encryption_key()
    stored = {row.pk: gateway.unseal(row) for row in ApiKey.objects.all()}
    assert all(stored[row.pk] == Secret(f"{SECRET}{number}") for number, row in enumerate(rows))
    assert AuditEntry.objects.filter(verb="keys.rotated").count() == 1
