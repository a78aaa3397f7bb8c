"""What staff do to records from the admin site: the pages' own actions, in their own name, recorded as staff's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.base import PASSWORD, Cast
from tests.builders import SECRET, make_job, make_key
from tests.web.admin_records import cast, operator, records, url
from tests.web.canary import Upstream, serving
from tests.web.routes import NOWHERE
from voices import gateway
from voices.audit import sentence
from voices.models import (
    ApiKey,
    AuditEntry,
    CloneJob,
    Consent,
    KeyState,
    Membership,
    Role,
    State,
    SyncRun,
    SyncState,
    Team,
    User,
    Voice,
)

__all__ = ["cast", "operator", "records"]  # fixtures


def do(browser: Client, action: str, *chosen: Any) -> str:
    """Do that to the records from their list, and return the page that follows."""
    given = {"action": action, "_selected_action": [str(one.pk) for one in chosen]}
    answer = browser.post(url(type(chosen[0]), "changelist"), given, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def root(cast: Cast) -> Client:
    """The browser of a superuser who is in no team."""
    return cast.login(User.objects.create_superuser("root@example.com", PASSWORD, name="Root"))


@pytest.fixture
def failed(cast: Cast) -> CloneJob:
    """Ed's clone, which failed for a reason that may have passed."""
    return make_job(
        cast.ed, name="Sora", state=State.FAILED, problem="unavailable", key=ApiKey.objects.first()
    )


def last_line() -> tuple[str, str, bool]:
    """Return verb, sentence and whether staff did it, of the newest entry."""
    line = AuditEntry.objects.latest("id")
    return line.verb, sentence(line), line.facts.get("as_staff", False)


def test_superuser_retries_a_clone_of_any_team_as_staff(root: Client, failed: CloneJob) -> None:
    assert "Clones retried: 1." in do(root, "retry_clones", failed)
    failed.refresh_from_db()
    assert failed.state == State.READY
    assert last_line() == ("clone.retried", "Root (staff) retried the clone Sora", True)


def test_member_retries_a_clone_as_themselves(operator: Client, failed: CloneJob) -> None:
    assert "Clones retried: 1." in do(operator, "retry_clones", failed)
    assert last_line() == ("clone.retried", "Ada retried the clone Sora", False)


def test_retry_says_why_not_and_goes_on_with_the_others(root: Client, cast: Cast, failed: CloneJob) -> None:
    done = make_job(cast.ed, name="Done", state=State.CREATED, key=failed.key)
    page = do(root, "retry_clones", done, failed)
    assert "Done: This clone cannot be tried again as it is." in page
    assert "Clones retried: 1." in page


def test_staff_from_outside_ask_for_no_second_person(root: Client, cast: Cast, failed: CloneJob) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(two_person_rule=True)
    failed.consent = Consent.objects.filter(basis="agreed").first()  # the rule leaves one's own voice alone
    failed.save()
    assert "This takes two people in its team." in do(root, "retry_clones", failed)
    failed.refresh_from_db()
    assert failed.state == State.FAILED


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.EDITOR])
def test_staff_retry_by_their_role_in_the_team(cast: Cast, failed: CloneJob, role: str | None) -> None:
    cast.nora.is_staff = True
    cast.nora.save()
    cast.nora.user_permissions.set(
        Permission.objects.filter(codename__in=("view_clonejob", "change_clonejob"))
    )
    if role:
        Membership.objects.create(team=cast.northwind, user=cast.nora, role=role)
    page = do(cast.login(cast.nora), "retry_clones", failed)
    told = {
        None: "in the team Northwind.",
        Role.VIEWER: "doesn&#x27;t allow this.",
        Role.EDITOR: "Clones retried: 1.",
    }
    assert told[role] in page


def test_staff_without_the_permission_have_no_action(cast: Cast, failed: CloneJob) -> None:
    cast.nora.is_staff = True
    cast.nora.save()
    cast.nora.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    browser = cast.login(cast.nora)
    assert "retry_clones" not in browser.get(url(CloneJob, "changelist")).content.decode()
    do(browser, "retry_clones", failed)
    failed.refresh_from_db()
    assert failed.state == State.FAILED


def test_keys_are_tested_and_the_answer_is_told(root: Client, cast: Cast, settings: Settings) -> None:
    upstream = Upstream()
    key = ApiKey.objects.get()
    upstream.accounts = {SECRET: key.account.account_id}
    with serving(upstream) as settings.SANDBOX_URL:
        assert "Keys that work: 1." in do(root, "test_keys", key)
        assert last_line() == ("key.tested", f"Root (staff) tested the key {key}", True)
        upstream.refused = {SECRET}
        page = do(root, "test_keys", key)
    assert "Keys that work" not in page
    assert SECRET not in page
    assert ApiKey.objects.get().state == KeyState.REFUSED


def test_keys_out_of_reach_keep_their_state(root: Client, settings: Settings) -> None:
    settings.SANDBOX_URL = NOWHERE
    assert "Keys that work" not in do(root, "test_keys", ApiKey.objects.get())
    assert ApiKey.objects.get().state == KeyState.OK


def test_at_most_ten_keys_are_tested_at_a_time(root: Client, cast: Cast, settings: Settings) -> None:
    settings.SANDBOX_URL = NOWHERE
    keys = [make_key(cast.ed) for _ in range(11)]
    assert "Choose at most 10 keys" in do(root, "test_keys", *keys)


def test_keys_of_people_in_no_team_are_left_alone(root: Client, cast: Cast) -> None:
    Membership.objects.filter(user=cast.ed.user).delete()
    assert "an admin of a team that Ed is in." in do(root, "remove_keys", ApiKey.objects.get())
    assert ApiKey.objects.get().state == KeyState.OK


def test_admin_removes_keys_and_audits_who_did_it(operator: Client, cast: Cast) -> None:
    key, voice = ApiKey.objects.get(), Voice.objects.get()
    heir = make_key(cast.ed, account=key.account)
    adas = make_key(cast.ada, account=key.account)
    chosen = {"action": "remove_keys", "_selected_action": [str(key.pk)]}
    answer = operator.post(url(ApiKey, "changelist"), chosen, follow=True)
    assert "Keys removed: 1." in answer.content.decode()
    key.refresh_from_db()
    assert (bytes(key.sealed), key.state, key.is_default) == (b"", KeyState.REMOVED, False)
    voice.refresh_from_db()
    heir.refresh_from_db()
    assert voice.steward == heir
    assert heir.is_default
    line = AuditEntry.objects.latest("id")
    assert (line.verb, line.thing_id, line.actor) == ("key.removed", str(key.pk), cast.ada.user)
    assert gateway.unseal(adas).reveal() == SECRET


def test_sync_is_asked_for_from_teams_and_from_runs(root: Client, cast: Cast) -> None:
    told = "Teams whose accounts are being synced: 1."
    assert told in do(root, "sync_accounts", cast.northwind)
    assert last_line()[0::2] == ("sync.asked", True)
    SyncRun.objects.update(state=SyncState.FAILED)
    assert told in do(root, "sync_again", SyncRun.objects.get())
    assert SyncRun.objects.live().count() == 1
    assert "Southwind: No key of its members works." in do(root, "sync_accounts", cast.southwind)


def test_records_link_to_their_own_pages(operator: Client, cast: Cast, failed: CloneJob) -> None:
    voice = Voice.objects.get()
    link = f'<a href="{reverse("voices:voice", args=[voice.pk])}">Open in Voice Studio</a>'
    assert link in operator.get(url(Voice, "change", voice.pk)).content.decode()
    job = f'<a href="{reverse("voices:clone-job", args=[failed.pk])}">Open in Voice Studio</a>'
    assert job in operator.get(url(CloneJob, "change", failed.pk)).content.decode()


def switch(cast: Cast) -> Client:
    Membership.objects.create(team=cast.southwind, user=cast.ada.user, role=Role.ADMIN)
    browser = cast.login(cast.ada)
    browser.post(reverse("voices:team-switch"), {"team": str(cast.southwind.pk)})
    return browser


def leave(cast: Cast) -> Client:
    Membership.objects.filter(user=cast.ada.user).delete()
    return cast.login(cast.ada)


@pytest.mark.parametrize(
    ("come", "told"),
    [(switch, "switch to the team Northwind."), (leave, "Only members of Northwind see it in Voice Studio.")],
)
def test_records_of_other_teams_say_who_sees_them(
    cast: Cast, come: Callable[[Cast], Client], told: str
) -> None:
    page = come(cast).get(url(Voice, "change", Voice.objects.get().pk)).content.decode()
    assert told in page
    assert "Open in Voice Studio</a>" not in page


def test_index_groups_the_records_by_subject(operator: Client) -> None:
    groups = operator.get(reverse("admin:index")).context["app_list"]
    found = {group["name"]: [model["name"] for model in group["models"]] for group in groups}
    assert list(found) == [
        "People",
        "Keys and accounts",
        "Voices",
        "Clones",
        "Consent",
        "Activity",
        "Notifications and webhooks",
        "Internals",
    ]
    assert found["People"] == ["Groups", "Invitations", "Memberships", "Teams", "Users"]
    assert found["Clones"] == ["Batches of clones", "Clone jobs", "Imports of voice packs", "Samples"]
    assert operator.get("/admin/voices/")["Location"] == "/admin/"


def test_lists_end_after_ten_thousand_records(operator: Client, cast: Cast) -> None:
    entries = [
        AuditEntry(team=cast.northwind, actor_name="Ada", verb="key.added", thing="apikey", thing_id="1")
        for _ in range(10_001)
    ]
    AuditEntry.objects.bulk_create(entries)
    page = operator.get(url(AuditEntry, "changelist"), {"p": 200}).content.decode()
    assert "The first 10000 audit entries. Search or filter to see others." in page
