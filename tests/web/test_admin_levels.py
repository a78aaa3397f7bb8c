"""Staff never reach above their own level: not to an account, a permission, a group or a role."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.base import Cast
from tests.web.admin_records import url
from tests.web.test_admin_people import change_email
from voices.access import may_manage
from voices.models import Membership, Role, Team, User


@pytest.fixture
def staff(cast: Cast) -> Client:
    """Ed's browser: an editor of Northwind with every permission there is, but no superuser."""
    ed = cast.ed.user
    ed.is_staff = True
    ed.save()
    ed.user_permissions.set(Permission.objects.all())
    return cast.login(ed)


def grant(user: User, *names: str) -> None:
    user.user_permissions.set(Permission.objects.filter(codename__in=names))


def password_url(user: User) -> str:
    return reverse("admin:auth_user_password_change", args=[user.pk])


def is_closed(browser: Client, user: User) -> bool:
    """Whether the browser may change neither that account nor its password."""
    new = {"password1": "x battery staple", "password2": "x battery staple", "usable_password": "true"}
    answers = [
        browser.post(url(User, "change", user.pk), {"email": "eve@example.com"}),
        browser.post(password_url(user), new | {"set-password": "1"}),
    ]
    return [one.status_code for one in answers] == [403, 403]


def test_staff_change_no_account_above_their_own(staff: Client, cast: Cast) -> None:
    root = User.objects.create_superuser("root@example.com", "x battery staple")
    before = list(User.objects.order_by("pk").values_list("email", "password"))
    assert is_closed(staff, root)
    assert is_closed(staff, cast.ada.user)  # an admin of Ed's team
    assert is_closed(staff, cast.sam.user)  # of a team that Ed is not in
    assert list(User.objects.order_by("pk").values_list("email", "password")) == before


def test_staff_change_accounts_below_their_own(staff: Client, cast: Cast) -> None:
    assert change_email(staff, cast.vera.user, "vera.new@example.com") == 302
    assert User.objects.get(pk=cast.vera.user.pk).email == "vera.new@example.com"
    assert staff.get(password_url(cast.nora)).status_code == 200


@pytest.mark.parametrize("active", [True, False])
def test_staff_with_fewer_permissions_are_below(cast: Cast, active: bool) -> None:
    User.objects.filter(pk__in=[cast.nora.pk, cast.vera.user.pk]).update(is_staff=True)
    grant(cast.nora, "change_user", "view_user")
    grant(cast.vera.user, "change_user")
    Membership.objects.all().delete()
    cast.vera.user.is_active = active
    assert may_manage(cast.nora, cast.vera.user)
    cast.vera.user.groups.add(Group.objects.create(name="Keys"))
    Group.objects.get().permissions.set(Permission.objects.filter(codename="delete_apikey"))
    assert not may_manage(cast.nora, cast.vera.user)
    assert not may_manage(cast.vera.user, cast.nora)


def test_staff_cannot_give_themselves_permissions(staff: Client, cast: Cast) -> None:
    ed = cast.ed.user
    more = {"is_superuser": "on", "groups": [Group.objects.create(name="All").pk]}
    assert change_email(staff, ed, ed.email, **more) == 302
    ed.refresh_from_db()
    assert (ed.is_superuser, ed.groups.count()) == (False, 0)


def test_staff_cannot_change_groups(staff: Client) -> None:
    group = Group.objects.create(name="Keys")
    assert staff.get(reverse("admin:auth_group_add")).status_code == 403
    for page in ("change", "delete"):
        address = reverse(f"admin:auth_group_{page}", args=[group.pk])
        assert staff.post(address, {"name": "x", "post": "yes"}).status_code == 403
    assert Group.objects.get().name == "Keys"


def test_staff_cannot_touch_further_emails(cast: Cast) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("admin:account_emailaddress_add")
    EmailAddress.objects.create(user=cast.ada.user, email="eve@example.com", primary=True, verified=True)
    browser = Client()
    browser.post("/accounts/login/", {"login": "eve@example.com", "password": "correct horse battery staple"})
    assert browser.get("/").status_code == 302


def test_staff_give_roles_only_in_teams_they_run(staff: Client, cast: Cast) -> None:
    own = Team.objects.create(name="Westwind")
    Membership.objects.create(team=own, user=cast.ed.user, role=Role.ADMIN)
    given: dict[str, Any] = {"user": cast.nora.pk, "role": Role.ADMIN}
    assert staff.post(url(Membership, "add"), given | {"team": cast.northwind.pk}).status_code == 200
    assert not Membership.objects.filter(user=cast.nora).exists()
    assert staff.post(url(Membership, "add"), given | {"team": own.pk}).status_code == 302
    assert Membership.objects.get(user=cast.nora).team == own


def test_staff_change_no_roles_elsewhere(staff: Client, cast: Cast) -> None:
    before = list(Membership.objects.order_by("pk").values_list("team", "user", "role"))
    one, chosen = cast.ed, {"action": "delete_selected", "_selected_action": [cast.ada.pk], "post": "yes"}
    assert staff.post(url(Membership, "change", one.pk), {"role": Role.ADMIN}).status_code == 403
    assert staff.post(url(Membership, "delete", cast.ada.pk), {"post": "yes"}).status_code == 403
    staff.post(url(Membership, "changelist"), chosen)
    change_email(staff, cast.ed.user, cast.ed.user.email, **{"memberships-0-role": Role.ADMIN})
    rows = {
        "memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1, "memberships-0-id": one.pk,
        "memberships-0-team": cast.northwind.pk, "memberships-0-user": cast.ed.user.pk,
        "memberships-0-role": Role.ADMIN, "name": "Northwind",
    }  # fmt: skip
    staff.post(url(Team, "change", cast.northwind.pk), rows)
    assert list(Membership.objects.order_by("pk").values_list("team", "user", "role")) == before


@pytest.mark.parametrize("page", ["change", "delete", "changelist"])
def test_admin_site_keeps_a_teams_last_admin(cast: Cast, page: str) -> None:
    root = cast.login(User.objects.create_superuser("root@example.com", "x battery staple"))
    given: dict[str, Any] = {"role": Role.VIEWER, "post": "yes"}
    if page == "changelist":
        given |= {"action": "delete_selected", "_selected_action": [cast.ada.pk, cast.ed.pk]}
    address = url(Membership, page, *([] if page == "changelist" else [cast.ada.pk]))
    answer = root.post(address, given, follow=True)
    assert "Nothing was saved. Ada is the last admin of Northwind." in answer.content.decode()
    assert set(cast.northwind.memberships.values_list("role", flat=True)) == {"admin", "editor", "viewer"}
