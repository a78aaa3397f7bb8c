"""People, memberships and roles in the admin site: created and changed by the product's own actions, and recorded."""

from typing import Any

from allauth.core.context import request_context
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.base import PASSWORD, Cast
from tests.web.admin_records import cast, operator, records, url
from tests.web.api.programs import make_token
from voices.models import (
    AuditEntry,
    Membership,
    Role,
    Team,
    User,
    Voice,
)

__all__ = ["cast", "operator", "records"]  # fixtures


def membership_rows(**row: Any) -> dict[str, Any]:
    rows = {f"memberships-0-{name}": value for name, value in row.items()}
    return {"memberships-TOTAL_FORMS": int(bool(row)), "memberships-INITIAL_FORMS": 0} | rows


def new_person(**given: Any) -> dict[str, Any]:
    """What the form for a new person sends."""
    plain = {
        "email": " Marta@Example.COM",
        "name": "Mar\u202eta",
        "usable_password": "true",
        "role": Role.EDITOR,
    }
    return plain | {"password1": PASSWORD, "password2": PASSWORD} | given


def test_admin_creates_a_person_with_hashed_password_and_team(operator: Client, cast: Cast) -> None:
    assert f'<option value="{cast.northwind.pk}" selected>' in operator.get(url(User, "add")).content.decode()
    assert operator.post(url(User, "add"), new_person(team=cast.northwind.pk)).status_code == 302
    marta = User.objects.get(email="marta@example.com")
    assert marta.name == "Marta"
    assert marta.check_password(PASSWORD)
    assert PASSWORD not in marta.password
    assert marta.memberships.get().team == cast.northwind
    assert not (marta.is_staff or marta.is_superuser)
    assert lines_of("person.added") == [("Ada", "Marta", "None")]
    assert lines_of("member.added") == [("Ada", "Marta", "editor")]


def test_admin_creates_nobody_in_a_team_that_staff_do_not_run(cast: Cast) -> None:
    ed = cast.ed.user
    ed.is_staff = True
    ed.save()
    ed.user_permissions.set(Permission.objects.filter(codename__in=("add_user", "view_user", "change_user")))
    answer = cast.login(ed).post(url(User, "add"), new_person(team=cast.northwind.pk))
    assert "Select a valid choice" in answer.content.decode()
    assert not User.objects.filter(email="marta@example.com").exists()
    assert cast.login(ed).post(url(User, "add"), new_person(team="")).status_code == 302
    assert not User.objects.get(email="marta@example.com").memberships.exists()


def test_admin_email_is_unique_regardless_of_case(operator: Client) -> None:
    answer = operator.post(url(User, "add"), new_person(email="ED@example.com", name="", team=""))
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


def test_admin_deactivates_no_last_admin_of_a_team(operator: Client, cast: Cast) -> None:
    answer = operator.post(
        url(User, "change", cast.sam.user.pk),
        {
            "email": "sam@example.com",
            "name": "Sam",
            "memberships-TOTAL_FORMS": 0,
            "memberships-INITIAL_FORMS": 0,
        },
        follow=True,
    )
    told = "Nothing was saved. Sam is the last admin of Southwind. Make someone else an admin first."
    assert told in answer.content.decode()
    assert User.objects.get(pk=cast.sam.user.pk).is_active
    assert change_email(operator, cast.vera.user, "vera@example.com", is_active="") == 302
    assert not User.objects.get(pk=cast.vera.user.pk).is_active


def test_admin_lists_service_accounts_only_if_asked(operator: Client, cast: Cast) -> None:
    token = make_token(cast.ada, of_team=True)[0]
    people = {"ada", "ed", "nora", "sam", "vera"}
    service = token.actor.email.partition("@")[0]
    for kind, names in (("", people), ("?kind=service", {service}), ("?kind=all", people | {service})):
        found = operator.get(url(User, "changelist") + kind).context["cl"].result_list
        assert {user.email.partition("@")[0] for user in found} == names
    given = {"user": token.actor.pk, "team": cast.southwind.pk, "role": Role.VIEWER}
    answer = operator.post(url(Membership, "add"), given, follow=True)
    assert "is the service account of a token, not a person." in answer.content.decode()
