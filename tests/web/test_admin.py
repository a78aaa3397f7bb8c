"""The admin site: every record is shown and searchable, history is read-only, and no key is shown."""

import base64
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from allauth.core.context import request_context
from django.contrib import admin
from django.core import mail
from django.db import connection, models
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.base import PASSWORD, Cast
from tests.builders import (
    SECRET,
    make_account,
    make_approval,
    make_batch,
    make_bulk_run,
    make_consent,
    make_job,
    make_key,
    make_order,
    make_preview,
    make_request,
    make_sample,
    make_voice,
)
from voices import audit, gateway
from voices.actions.consents.receipts import publish_receipt_key
from voices.actions.sync.runs import ask_sync
from voices.models import (
    Alias,
    AltheaAccount,
    ApiKey,
    Approval,
    AuditEntry,
    BulkItem,
    BulkRun,
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Consent,
    ConsentStatement,
    Favourite,
    KeyState,
    Membership,
    PreviewFile,
    ReceiptKey,
    Role,
    Sample,
    SavedView,
    SealCanary,
    SpeakerRequest,
    Stage,
    SyncRun,
    Tag,
    Tagging,
    Team,
    User,
    Voice,
    VoiceDeletion,
)

MODELS = [
    Alias,
    AltheaAccount,
    ApiKey,
    Approval,
    AuditEntry,
    BulkItem,
    BulkRun,
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Consent,
    ConsentStatement,
    Favourite,
    Membership,
    PreviewFile,
    ReceiptKey,
    Sample,
    SavedView,
    SealCanary,
    SpeakerRequest,
    SyncRun,
    Tag,
    Tagging,
    Team,
    User,
    Voice,
    VoiceDeletion,
]
READ_ONLY = [model for model in MODELS if model not in {Membership, Team, User, Voice}]
UNDELETABLE = [*READ_ONLY, Team, User, Voice]
ENGINE_SECRET = "wX7pN9fM3kLj6tRq"
GENERIC = {
    "generic": {
        "url": f"https://tts.example/?key={ENGINE_SECRET}",
        "headers": {"Authorization": f"Bearer {ENGINE_SECRET}"},
        "body": {"text": "{text}", "pass": ENGINE_SECRET},
    }
}
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def url(model: type[models.Model], page: str, *args: Any) -> str:
    return reverse(f"admin:voices_{model._meta.model_name}_{page}", args=args)


def populate(cast: Cast) -> None:
    """One more of everything, bound together as in life."""
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
    make_bulk_run(cast.ed, voice)
    make_batch(cast.ed, "Sora", key=key)
    ask_sync(team=cast.northwind, key=key, now=timezone.now())
    member_of_two = Membership.objects.create(team=Team.objects.create(name="Third"), user=cast.ed.user)
    for thing in (key, job, voice, member_of_two.team):
        audit.record(
            actor=cast.ed.user, team=cast.northwind, verb="key.added", thing=thing, endpoint="sandbox"
        )


@pytest.fixture
def operator(cast: Cast) -> Client:
    """Ada's browser, Ada being a superuser, with one of everything in the database."""
    User.objects.filter(pk=cast.ada.user.pk).update(is_staff=True, is_superuser=True)
    cast.ada.user.refresh_from_db()
    populate(cast)
    return cast.login(cast.ada)


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


@pytest.mark.any_database
@every_model
def test_admin_list_needs_the_same_queries_at_any_size(
    operator: Client, cast: Cast, model: type[models.Model]
) -> None:
    operator.get(url(model, "changelist"))
    with CaptureQueriesContext(
        connection,
    ) as few:
        operator.get(url(model, "changelist"))
    for _ in range(4):
        populate(cast)
    with CaptureQueriesContext(connection) as many:
        operator.get(url(model, "changelist"))
    assert len(many) <= len(few) <= 12


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
        for spec in changelist.filter_specs:
            for choice in spec.choices(changelist):
                assert operator.get(url(model, "changelist") + choice["query_string"]).status_code == 200


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
    assert "Custom HTTP engine › Header › Authorization: Hidden" in page
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


def test_admin_removes_keys_and_audits_who_did_it(operator: Client, cast: Cast) -> None:
    key, voice = ApiKey.objects.get(), Voice.objects.get()
    heir = make_key(cast.ed, account=key.account)
    adas = make_key(cast.ada, account=key.account)
    chosen = {"action": "remove_keys", "_selected_action": [str(key.pk)]}
    answer = operator.post(url(ApiKey, "changelist"), chosen, follow=True)
    assert "Removed 1 key." in answer.content.decode()
    key.refresh_from_db()
    assert (bytes(key.sealed), key.state, key.is_default) == (b"", KeyState.REMOVED, False)
    voice.refresh_from_db()
    heir.refresh_from_db()
    assert voice.steward == heir
    assert heir.is_default
    line = AuditEntry.objects.latest("id")
    assert (line.verb, line.thing_id, line.actor) == ("key.removed", str(key.pk), cast.ada.user)
    assert gateway.unseal(adas).reveal() == SECRET


def test_admin_removes_no_keys_without_a_team(operator: Client, cast: Cast) -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    chosen = {"action": "remove_keys", "_selected_action": [str(ApiKey.objects.get().pk)]}
    answer = cast.login(root).post(url(ApiKey, "changelist"), chosen, follow=True)
    assert "not in a team" in answer.content.decode()
    assert ApiKey.objects.get().state == KeyState.OK


def membership_rows(**row: Any) -> dict[str, Any]:
    rows = {f"memberships-0-{name}": value for name, value in row.items()}
    return {"memberships-TOTAL_FORMS": int(bool(row)), "memberships-INITIAL_FORMS": 0} | rows


def test_admin_creates_a_person_with_hashed_password_and_team(operator: Client, cast: Cast) -> None:
    given = {"email": " Marta@Example.COM", "name": "Mar\u202eta", "usable_password": "true"}
    given |= {"password1": PASSWORD, "password2": PASSWORD}
    answer = operator.post(
        url(User, "add"), given | membership_rows(team=cast.northwind.pk, role=Role.EDITOR)
    )
    assert answer.status_code == 302
    marta = User.objects.get(email="marta@example.com")
    assert marta.name == "Marta"
    assert marta.check_password(PASSWORD)
    assert PASSWORD not in marta.password
    assert marta.memberships.get().team == cast.northwind
    assert not (marta.is_staff or marta.is_superuser)
    assert lines_of("person.added") == [("Ada", "Marta", "None")]
    assert lines_of("member.added") == [("Ada", "Marta", "editor")]


def test_admin_email_is_unique_regardless_of_case(operator: Client) -> None:
    given = {"email": "ED@example.com", "name": "", "usable_password": "true"}
    given |= {"password1": PASSWORD, "password2": PASSWORD}
    answer = operator.post(url(User, "add"), given | membership_rows())
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


def test_admin_changes_a_password_without_showing_it(operator: Client, cast: Cast) -> None:
    ed = cast.ed.user
    page = operator.get(url(User, "change", ed.pk)).content.decode()
    assert ed.password not in page
    new = "another horse battery staple"
    address = reverse("admin:auth_user_password_change", args=[ed.pk])
    assert operator.get(address).status_code == 200
    given = {"password1": new, "password2": new, "usable_password": "true", "set-password": "1"}
    assert operator.post(address, given).status_code == 302
    assert User.objects.get(pk=ed.pk).check_password(new)


def change_email(client: Client, user: User, email: str, **more: Any) -> int:
    member = user.memberships.first()
    rows = {
        "memberships-0-id": member.pk,
        "memberships-0-user": user.pk,
        "memberships-0-team": member.team_id,
    }
    rows |= {"memberships-0-role": member.role, "memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1}
    given = {"email": email, "name": user.name, "is_active": "on"} | rows | more
    return client.post(url(User, "change", user.pk), given).status_code


def test_admin_tells_the_old_email_of_a_change(
    operator: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    vera = cast.vera.user
    with django_capture_on_commit_callbacks() as after_commit:
        assert change_email(operator, vera, "Vera.New@example.com") == 302
    assert User.objects.get(pk=vera.pk).email == "vera.new@example.com"
    assert mail.outbox == []
    with request_context(RequestFactory().get("/")):  # in life the commit is inside the request
        for tell in after_commit:
            tell()
    [told] = mail.outbox
    assert told.to == ["vera@example.com"]
    assert "changed from vera@example.com to vera.new@example.com" in str(told.body)


def test_voices_are_found_by_a_renamed_owner(operator: Client, cast: Cast) -> None:
    ed, voice = cast.ed.user, Voice.objects.get()
    assert change_email(operator, ed, ed.email, name="Edward Teach") == 302
    voice.refresh_from_db()
    assert "edward teach" in voice.search_text


def lines_of(verb: str) -> list[tuple[str, str, str]]:
    """(actor, thing, role or changed fields) of every line with that verb."""
    found = AuditEntry.objects.filter(verb=verb).order_by("id")
    return [
        (line.actor_name, line.thing_name, str(line.facts.get("role", line.facts.get("changes"))))
        for line in found
    ]


def test_admin_audits_role_changes_from_every_page(operator: Client, cast: Cast) -> None:
    given = {"user": cast.nora.pk, "team": cast.northwind.pk, "role": Role.VIEWER}
    assert operator.post(url(Membership, "add"), given).status_code == 302
    nora = Membership.objects.get(user=cast.nora)
    moved = given | {"role": Role.EDITOR, "team": cast.southwind.pk, "user": cast.sam.user.pk}
    assert operator.post(url(Membership, "change", nora.pk), moved).status_code == 302
    nora = Membership.objects.get(pk=nora.pk)
    assert (nora.team, nora.user, nora.role) == (cast.northwind, cast.nora, Role.EDITOR)
    change_email(operator, cast.vera.user, cast.vera.user.email, **{"memberships-0-role": Role.ADMIN})
    chosen = {"action": "delete_selected", "_selected_action": [str(nora.pk)], "post": "yes"}
    operator.post(url(Membership, "changelist"), chosen)
    change_email(operator, cast.vera.user, cast.vera.user.email, **{"memberships-0-DELETE": "on"})
    assert lines_of("member.added") == [("Ada", "Nora", "viewer")]
    assert lines_of("member.changed") == [("Ada", "Nora", "editor"), ("Ada", "Vera", "admin")]
    assert lines_of("member.removed") == [("Ada", "Nora", "editor"), ("Ada", "Vera", "admin")]


def test_admin_audits_rights_and_passwords_without_values(operator: Client, cast: Cast) -> None:
    change_email(operator, cast.vera.user, "vera.new@example.com", is_staff="on")
    address = reverse("admin:auth_user_password_change", args=[cast.ed.user.pk])
    new = "another horse battery staple"
    operator.post(
        address, {"password1": new, "password2": new, "usable_password": "true", "set-password": "1"}
    )
    assert lines_of("person.changed") == [
        ("Ada", "Vera", "['Email', 'Staff status']"),
        ("Ada", "Ed", "['password']"),
    ]


def test_admin_creates_a_team_and_keeps_its_members(operator: Client, cast: Cast) -> None:
    given = {"name": "Westwind"} | membership_rows(user=cast.nora.pk, role=Role.ADMIN)
    assert operator.post(url(Team, "add"), given).status_code == 302
    assert Membership.objects.get(user=cast.nora).team.name == "Westwind"
    listed = operator.get(url(Team, "changelist")).context["cl"].result_list
    assert {team.name: (team.people, team.voice_count) for team in listed}["Northwind"] == (3, 1)


@pytest.mark.any_database
@every_model
def test_admin_is_closed_to_everybody_else(cast: Cast, model: type[models.Model]) -> None:
    make_account()
    for client in (Client(), cast.login(cast.ada), cast.login(cast.vera)):
        answer = client.get(url(model, "changelist"))
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]
