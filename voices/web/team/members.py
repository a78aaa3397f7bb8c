"""The team page: members and invitations, changing roles, and leaving."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from voices.access import Verb, get_member_for, may, require_reach
from voices.actions import NotPossibleError
from voices.actions.members.leaving import consequences_of_leaving, remove_member
from voices.actions.members.roles import change_role
from voices.library.members import member_row, open_invitations, team_members
from voices.models import Role
from voices.web.accounts.reauthentication import recently_authenticated
from voices.web.http import StudioRequest, redirect_after_post, team_page

ROLE_HELP = {
    Role.VIEWER: "Sees and plays the library.",
    Role.EDITOR: "Clones, edits and deletes voices, with their own key.",
    Role.ADMIN: "Also manages members, consent and the team's settings.",
}


class RoleForm(forms.Form):
    """Which role a person gets."""

    role = forms.TypedChoiceField(
        label="Role",
        choices=Role.choices,
        coerce=Role,
        initial=Role.EDITOR,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role."},
    )


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the team's members, and for those who may invite the open invitations."""
    can_manage, now = may(request.member, Verb.MANAGE_MEMBERS), timezone.now()
    context = {
        "page": "team",
        "tab": "members",
        "rows": team_members(request.member),
        "can_manage": can_manage,
        "invitations": open_invitations(request.member, now=now) if can_manage else [],
        "now": now,
    }
    return render(request, "team/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@recently_authenticated()
def role(request: StudioRequest, member_id: int) -> HttpResponse:
    """Show the form for another role of a member, or change the role."""
    of = get_member_for(request.member, member_id)
    require_reach(request.member, of.role)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": of.role})

    def change() -> str:
        chosen = form.cleaned_data["role"]
        change_role(member=request.member, of=of, role=chosen, now=timezone.now())
        return f"{of.user.shown_name} is now {_article(chosen)} of {of.team.name}."

    if request.method == "POST" and form.is_valid() and _done(request, form, change):
        return redirect_after_post(request, reverse("voices:team"))
    context = {"page": "team", "of": of, "form": form, "role_help": ROLE_HELP}
    return render(request, "team/role.html", context, status=422 if form.is_bound else 200)


def _article(role: Role) -> str:
    return f"{'a' if role == Role.VIEWER else 'an'} {role.label.lower()}"


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@recently_authenticated()
def remove(request: StudioRequest, member_id: int) -> HttpResponse:
    """Show what happens if a member, perhaps oneself, leaves; or remove them."""
    of = get_member_for(request.member, member_id)
    is_self, form = of.pk == request.member.pk, forms.Form(request.POST if request.method == "POST" else None)

    def leave() -> str:
        done = remove_member(member=request.member, of=of, now=timezone.now())
        who = (
            f"You left {of.team.name}."
            if is_self
            else f"{of.user.shown_name} was removed from {of.team.name}."
        )
        return " ".join([who, *done])

    if request.method == "POST" and form.is_valid() and _done(request, form, leave):
        return redirect_after_post(request, reverse("voices:library" if is_self else "voices:team"))
    context = {
        "page": "team", "of": of, "form": form, "is_self": is_self, "row": member_row(of),
        "follows": consequences_of_leaving(of),
    }  # fmt: skip
    return render(request, "team/remove.html", context, status=422 if form.errors else 200)


def _done(request: StudioRequest, form: forms.Form, change: Callable[[], str]) -> bool:
    """Make the change and add a message that says what was done; or return False, with the reason in the form."""
    try:
        messages.success(request, change())
    except NotPossibleError as problem:
        form.add_error(None, str(problem))
        return False
    return True
