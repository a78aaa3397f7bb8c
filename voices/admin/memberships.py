"""Memberships and roles: on their own page, and inside the pages of people and teams.

Roles decide what people may do, so only a team's admins and superusers change them here, by the actions of the team
page: what these refuse, such as a team without an admin, is said, and nothing is saved.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import timezone

from voices.access import acting_admin, teams_run_by
from voices.actions import NotPossibleError
from voices.actions.members.leaving import remove_member
from voices.actions.members.roles import add_member, change_role
from voices.admin.base import (
    AnyAdmin,
    AnyForm,
    AnyInline,
    ConfirmedAdmin,
    ReadOnlyAdmin,
    acting,
    is_superuser,
)
from voices.models import Invitation, Membership, Role, Team
from voices.web.admin_site import Subject


def runs(request: HttpRequest, team: Team | None) -> bool:
    """Whether the user may change who is in the team."""
    actor = acting(request)
    return actor is not None and team is not None and teams_run_by(actor).filter(pk=team.pk).exists()


def acting_in(request: HttpRequest, team: Team) -> Membership:
    """Return the membership by which the user may change the team's members. Raises PermissionDenied."""
    actor = acting(request)
    member = acting_admin(actor, team) if actor is not None else None
    if member is None:
        raise PermissionDenied
    return member


def _add(request: HttpRequest, one: Membership) -> None:
    member = acting_in(request, one.team)
    one.pk = add_member(member=member, user=one.user, role=Role(one.role)).pk


def _change(request: HttpRequest, one: Membership) -> None:
    member = acting_in(request, one.team)
    change_role(member=member, of=one, role=Role(one.role), now=timezone.now())


def _remove(request: HttpRequest, one: Membership) -> None:
    remove_member(member=acting_in(request, one.team), of=one, now=timezone.now())


class ReportsRefusals(AnyAdmin):
    """A page whose actions may refuse a change: it shows the reason and saves nothing."""

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Show or submit the form to add or change a record."""
        try:
            return super().changeform_view(request, *args, **options)
        except NotPossibleError as problem:
            return self._say(request, problem)

    def delete_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Show what is deleted, or delete it."""
        try:
            return super().delete_view(request, *args, **options)
        except NotPossibleError as problem:
            return self._say(request, problem)

    def changelist_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """List the records, or do something with those that were chosen."""
        try:
            return super().changelist_view(request, *args, **options)
        except NotPossibleError as problem:
            return self._say(request, problem)

    def _say(self, request: HttpRequest, problem: NotPossibleError) -> HttpResponseRedirect:
        self.message_user(request, f"Nothing was saved. {problem}", messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


class MembershipForm(AnyForm):
    """A membership. Its user and team are fixed: moving it would leave no trace in the old team."""

    class Meta:
        model = Membership
        fields = ("team", "user", "role")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in self.fields.keys() & {"team", "user"}:
            self.fields[name].disabled = not self.instance._state.adding


class MembershipInline(AnyInline):
    """Memberships inside the page of a `parent` record, read-only for users who may not change them.

    Each is a line of labelled fields: Django's table leaves them without labels.
    """

    model = Membership
    form = MembershipForm
    extra = 0
    readonly_fields = ("joined_at",)

    def is_within_reach(self, request: HttpRequest, parent: Any) -> bool:
        """Whether the user is a superuser."""
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may add memberships to the parent."""
        return self.is_within_reach(request, obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change the parent's memberships."""
        return self.is_within_reach(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may remove the parent's memberships."""
        return self.is_within_reach(request, obj) and super().has_delete_permission(request, obj)


class PeopleInline(MembershipInline):
    """The people of a team."""

    autocomplete_fields = ("user",)
    fieldsets = ((None, {"fields": (("user", "role", "joined_at"),)}),)

    def is_within_reach(self, request: HttpRequest, parent: Any) -> bool:
        """Whether the user may change who is in the team; in a new one only a superuser."""
        return is_superuser(request) or runs(request, parent)


class TeamsInline(MembershipInline):
    """The teams of a person, which may be any: changed by superusers only."""

    autocomplete_fields = ("team",)
    fieldsets = ((None, {"fields": (("team", "role", "joined_at"),)}),)


class MembershipsAdmin(ReportsRefusals):
    """A page with memberships as its only formset."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save each membership by its action, additions first, or an admin could not hand over."""
        formset.save(commit=False)
        for one in formset.new_objects:
            _add(request, one)
        for one, _ in formset.changed_objects:
            _change(request, one)
        for one in formset.deleted_objects:
            _remove(request, one)


@admin.register(Membership)
class MembershipAdmin(ReportsRefusals, ConfirmedAdmin):
    """Memberships: people, teams and roles."""

    subject = Subject.PEOPLE
    page = "voices:team"
    page_of = ""
    form = MembershipForm
    list_display = ("user", "team", "role", "joined_at")
    list_filter = ("role", "joined_at")
    search_fields = ("user__email", "user__name", "team__name")
    list_select_related = ("user", "team")
    autocomplete_fields = ("user", "team")
    readonly_fields = ("joined_at",)
    ordering = ("team__name", "user__email")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Return the field; the team may be one that the user runs."""
        if db_field.name == "team" and (actor := acting(request)):
            options["queryset"] = teams_run_by(actor)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Whether the user may change roles, of one membership those in its team."""
        within_reach = obj is None or runs(request, obj.team)
        return within_reach and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Whether the user may remove memberships, or this one."""
        within_reach = obj is None or runs(request, obj.team)
        return within_reach and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Add the person or change their role."""
        (_change if change else _add)(request, obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Take the person out of the team."""
        _remove(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take all out of their teams, or none."""
        with transaction.atomic():
            for member in queryset.select_related("team", "user"):
                self.delete_model(request, member)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations. They are made and revoked on the product's own page; the hash of the link is not shown."""

    subject = Subject.PEOPLE
    page = "voices:team"
    page_of = ""
    list_display = ("email", "team", "role", "state", "inviter", "created_at", "expires_at")
    list_filter = ("state", "role", "created_at")
    search_fields = ("email", "team__name", "inviter__email", "inviter__name")
    list_select_related = ("team", "inviter")
    ordering = ("-created_at",)
    fields = ("id", "email", "team", "role", "inviter", "state", "created_at", "expires_at", "ended_at")
