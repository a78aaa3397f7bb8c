"""One of every record for the tests of the admin site, committed once for a module, and a superuser's browser."""

from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.base import Cast
from tests.builders import (
    make_approval,
    make_audition,
    make_batch,
    make_bulk_run,
    make_consent,
    make_endpoint,
    make_invitation,
    make_job,
    make_key,
    make_order,
    make_pack_import,
    make_preview,
    make_request,
    make_sample,
    make_voice,
)
from tests.web.api.programs import make_token
from voices import audit
from voices.actions.consents.receipts import publish_receipt_key
from voices.actions.notices.endpoints import send_test
from voices.actions.sync.runs import request_sync
from voices.models import (
    HealthRound,
    Mailbox,
    Membership,
    Team,
    User,
    VoiceDeletion,
    VoiceSwap,
    WorkerProcess,
)

ENGINE_SECRET = "wX7pN9fM3kLj6tRq"
GENERIC = {
    "generic": {
        "url": f"https://tts.example/?key={ENGINE_SECRET}",
        "headers": {"Authorization": f"Bearer {ENGINE_SECRET}"},
        "body": {"text": "{text}", "pass": ENGINE_SECRET},
    }
}


def url(model: type[models.Model], page: str, *args: Any) -> str:
    return reverse(f"admin:voices_{model._meta.model_name}_{page}", args=args)


def populate(cast: Cast) -> None:
    """Add one more of everything, bound together as in life."""
    key = make_key(cast.ed)
    job = make_job(
        cast.ed, key=key, name=f"Marlene {uuid4().hex[:8]}", field_errors=[["name", "Already taken."]]
    )
    voice = make_voice(
        cast.ed, account=key.account, steward=key, job=job, sample=job.sample, definition=GENERIC,
        raw={"voiceId": "v", "definition": GENERIC, "newField": [1, {"apiToken": ENGINE_SECRET}]},
        preview_url=f"https://files.example/a.wav?X-Amz-Signature={ENGINE_SECRET}",
    )  # fmt: skip
    job.consent = make_consent(cast.ed, job.sample)
    job.save()
    publish_receipt_key(now=timezone.now())
    VoiceDeletion.objects.create(team=cast.northwind, voice=voice, status=204, deleted_at=timezone.now())
    make_preview(voice)
    make_approval(cast.ed, voice)
    make_request(cast.ed, sample=job.sample)
    make_sample(cast.ada)
    make_order(cast.ed, voice)
    run = make_bulk_run(cast.ed, voice)
    VoiceSwap.objects.create(run=run, account=key.account, old=voice)
    make_audition(cast.ed, voice)
    make_token(cast.ed)
    make_invitation(cast.ada, f"{uuid4().hex[:8]}@example.com")
    make_batch(cast.ed, "Sora", key=key)
    make_pack_import(cast.ed, key=key)
    now = timezone.now()
    WorkerProcess.objects.create(name=uuid4().hex, host="studio", pid=7, started_at=now, seen_at=now)
    send_test(member=cast.ada, endpoint=make_endpoint(cast.ada), now=now)
    HealthRound.objects.create(account=key.account, due_at=now)
    Mailbox.objects.create(user=User.objects.filter(mailbox=None)[0], due_at=now)
    request_sync(team=cast.northwind, key=key, now=timezone.now())
    member_of_two = Membership.objects.create(team=Team.objects.create(name="Third"), user=cast.ed.user)
    for thing in (key, job, voice, member_of_two.team):
        audit.record(
            actor=cast.ed.user, team=cast.northwind, verb="key.added", thing=thing, endpoint="sandbox"
        )


@pytest.fixture(scope="module")
def records(stage: Cast) -> Cast:
    """One of everything, committed for all tests of the module; Ada is a superuser."""
    User.objects.filter(pk=stage.ada.user.pk).update(is_staff=True, is_superuser=True)
    stage.ada.user.refresh_from_db()
    populate(stage)
    return stage


@pytest.fixture
def cast(records: Cast, db: None) -> Cast:
    """The cast of these records, for this test to change."""
    return deepcopy(records)


@pytest.fixture
def operator(cast: Cast) -> Client:
    """Ada's browser."""
    return cast.login(cast.ada)
