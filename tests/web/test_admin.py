"""The admin site: every record is shown and searchable, history is read-only, and no key is shown."""

import base64
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import localize

from tests.base import Cast
from tests.builders import (
    SECRET,
    make_key,
)
from tests.web.admin_records import ENGINE_SECRET, cast, operator, populate, records, url
from voices import audit
from voices.models import ApiKey, AuditEntry, Membership, SealCanary, Stage, Team, User, Voice

__all__ = ["cast", "operator", "records"]  # fixtures

MODELS = [
    apps.get_model("voices", name)
    for name in (
        "Alias", "AltheaAccount", "ApiKey", "ApiToken", "Approval", "AuditEntry", "Audition", "BulkItem",
        "BulkRun", "CloneBatch", "CloneBatchRow", "CloneJob", "Consent", "ConsentStatement", "Favourite",
        "HealthRound", "Invitation", "Mailbox", "Membership", "Notice", "PackImport", "PackImportRow",
        "PreviewFile", "ReceiptKey", "Sample", "SavedView", "SealCanary", "SpeakerRequest", "SyncRun", "Tag",
        "Tagging", "Team", "User", "Voice", "VoiceDeletion", "VoiceSwap", "WebhookDelivery", "WebhookEndpoint",
        "WorkerProcess",
    )
]  # fmt: skip
READ_ONLY = [model for model in MODELS if model not in {Membership, Team, User, Voice}]
UNDELETABLE = [*READ_ONLY, Team, User, Voice]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def pages_of(client: Client, model: type[models.Model]) -> list[tuple[str, str]]:
    """(address, text) of the list and of every record's page."""
    addresses = [url(model, "changelist")]
    for record in model._default_manager.all():
        addresses += [url(model, "change", record.pk), url(model, "history", record.pk)]
    answers = [(address, client.get(address)) for address in addresses]
    assert [(address, answer.status_code) for address, answer in answers if answer.status_code != 200] == []
    return [(address, answer.content.decode()) for address, answer in answers]


def test_every_model_is_registered_in_the_admin() -> None:
    ours = {model for model in admin.site._registry if model._meta.app_label == "voices"}
    assert ours == set(MODELS)


def test_no_list_reads_every_records_date() -> None:
    assert [model for model in MODELS if admin.site._registry[model].date_hierarchy] == []


def test_times_of_the_admin_site_are_those_of_the_pages() -> None:
    assert localize(datetime(2026, 11, 9, 15, 2, tzinfo=UTC)) == "9 Nov 2026, 15:02"


@pytest.mark.any_database
@every_model
def test_admin_shows_every_record_and_no_key_in_any_encoding(
    operator: Client, model: type[models.Model]
) -> None:
    sealed = [
        bytes(row.sealed) for worker_id in (ApiKey, SealCanary) for row in worker_id._default_manager.all()
    ]
    raw = [SECRET, SECRET[9:], SECRET[9:-4], ENGINE_SECRET, *(seal.decode("latin-1") for seal in sealed)]
    encoded = [
        base64.b64encode(text).decode().rstrip("=")
        for text in (SECRET.encode(), SECRET[9:].encode(), *sealed)
    ]
    spellings = {
        *raw,
        *encoded,
        *(quote(text, safe="") for text in raw),
        *(text.encode().hex() for text in raw),
    }
    pages = pages_of(operator, model)
    assert len(pages) >= 3
    assert [(address, one) for address, text in pages for one in spellings if one in text] == []


def queries_of_lists(client: Client) -> dict[str, int]:
    """How many queries each model's list needs."""
    found = {}
    for model in MODELS:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(model, "changelist")).status_code == 200
        found[model.__name__] = len(queries)
    return found


@pytest.mark.any_database
def test_admin_lists_need_the_same_queries_at_any_size(operator: Client, cast: Cast) -> None:
    operator.get(url(Voice, "changelist"))  # what is looked up once
    few = queries_of_lists(operator)
    for _ in range(4):
        populate(cast)
    many = queries_of_lists(operator)
    assert {name: (few[name], count) for name, count in many.items() if not count <= few[name] <= 12} == {}


@every_model
def test_admin_search_accepts_any_text(operator: Client, model: type[models.Model]) -> None:
    for text in (
        "marlene",
        "Ed@",
        "5f0a4c1e",
        "5f0a4c1e-8a54-4c0e",
        "'\"%_\\",
        "\U0001f600",
        "\0",
        "x" * 3000,
    ):
        assert operator.get(url(model, "changelist"), {"q": text}).status_code == 200


def test_admin_search_finds_voices_by_name_id_and_team(operator: Client, cast: Cast) -> None:
    voice = Voice.objects.get()
    for text in ("marlene", str(voice.pk), voice.voice_id, "northwind"):
        found = operator.get(url(Voice, "changelist"), {"q": text}).context["cl"].queryset
        assert list(found) == [voice]
    assert operator.get(url(Voice, "changelist"), {"q": "nobody"}).context["cl"].result_count == 0


def test_admin_accepts_every_filter_value(operator: Client) -> None:
    for model in MODELS:
        changelist = operator.get(url(model, "changelist")).context["cl"]
        choices = (one for spec in changelist.filter_specs for one in spec.choices(changelist))
        for query in {choice["query_string"] for choice in choices} - {"?"}:
            assert operator.get(url(model, "changelist") + query).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_admin_history_records_are_read_only(operator: Client, model: type[models.Model]) -> None:
    record = model._default_manager.all()[0]
    assert operator.get(url(model, "add")).status_code == 403
    assert operator.post(url(model, "change", record.pk), {"name": "other", "state": "ok"}).status_code == 403


@pytest.mark.parametrize("model", UNDELETABLE, ids=lambda model: model.__name__)
def test_admin_does_not_delete_records_with_a_history(operator: Client, model: type[models.Model]) -> None:
    before = set(model._default_manager.values_list("pk", flat=True))
    chosen = {"action": "delete_selected", "_selected_action": [str(pk) for pk in before], "post": "yes"}
    operator.post(url(model, "changelist"), chosen)
    for pk in before:
        assert operator.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
    assert set(model._default_manager.values_list("pk", flat=True)) == before


def test_admin_history_outlives_its_subject(operator: Client, cast: Cast) -> None:
    before = AuditEntry.objects.count()
    member = Membership.objects.get(team__name="Third")
    assert operator.post(url(Membership, "delete", member.pk), {"post": "yes"}).status_code == 302
    Team.objects.filter(name="Third").delete()
    cast.nora.delete()
    audit.record(actor=cast.sam.user, team=cast.southwind, verb="team.created", thing=cast.southwind)
    cast.southwind.delete()
    assert AuditEntry.objects.count() == before + 2
    assert pages_of(operator, AuditEntry)


def test_admin_voice_form_edits_only_our_own_fields(operator: Client, cast: Cast) -> None:
    voice = Voice.objects.get()
    page = operator.get(url(Voice, "change", voice.pk)).content.decode()
    assert "Custom HTTP engine › Headers › Authorization: Hidden" in page
    assert "https://files.example/a.wav?X-Amz-Signature=Hidden" in page
    given = {
        "stage": Stage.APPROVED,
        "steward": "",
        "name": "Other",
        "voice_id": "other",
        "team": cast.southwind.pk,
    }
    assert operator.post(url(Voice, "change", voice.pk), given).status_code == 302
    changed = Voice.objects.get()
    assert (changed.stage, changed.steward) == (Stage.APPROVED, None)
    assert (changed.name, changed.voice_id, changed.team) == (voice.name, voice.voice_id, voice.team)


def test_admin_shows_deleted_voices_as_gone_from_althea(operator: Client) -> None:
    there = '<img src="/static/admin/img/icon-yes.svg" alt="True">'
    assert there in operator.get(url(Voice, "changelist")).content.decode()
    Voice.objects.update(deleted_at=timezone.now())
    assert there not in operator.get(url(Voice, "changelist")).content.decode()


def test_admin_steward_key_must_open_the_voices_account(operator: Client, cast: Cast) -> None:
    voice, foreign = Voice.objects.get(), make_key(cast.sam)
    answer = operator.post(url(Voice, "change", voice.pk), {"stage": Stage.DRAFT, "steward": foreign.pk})
    assert answer.status_code == 200
    assert "not for the voice&#x27;s account" in answer.content.decode()
    spare = make_key(cast.sam, account=voice.account)
    assert (
        operator.post(url(Voice, "change", voice.pk), {"stage": "draft", "steward": spare.pk}).status_code
        == 302
    )
    assert Voice.objects.get().steward == spare


@pytest.mark.any_database
def test_admin_is_closed_to_everybody_else(cast: Cast) -> None:
    User.objects.update(is_staff=False, is_superuser=False)
    for client in (Client(), cast.login(cast.ada), cast.login(cast.vera)):
        answers = [client.get(url(model, "changelist")) for model in MODELS]
        assert {answer.status_code for answer in answers} == {302}
        assert all("/login/" in answer["Location"] for answer in answers)
