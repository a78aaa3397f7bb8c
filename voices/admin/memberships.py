"""Memberships and roles: on their own page, and inside the pages of people and teams.

Roles decide what people may do, so only a team's admins and superusers change them here, and every change is
recorded in the audit trail, in the same transaction (the admin's form and delete views are atomic).
"""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from voices import audit
from voices.access import teams_run_by
from voices.admin.base import AnyAdmin, AnyForm, AnyInline, ConfirmedAdmin, acting, is_superuser
from voices.models import Membership, Team


def runs(request: HttpRequest, team: Team | None) -> bool:
    """Whether the user may change who is in the team."""
    actor = acting(request)
    return actor is not None and team is not None and teams_run_by(actor).filter(pk=team.pk).exists()


def _record(request: HttpRequest, verb: str, member: Membership) -> None:
    audit.record(actor=acting(request), team=member.team, verb=verb, thing=member.user, role=member.role)


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
    """Memberships inside the page of a record, the `parent`; read-only for those out of whose reach they are."""

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

    def is_within_reach(self, request: HttpRequest, parent: Any) -> bool:
        """Whether the user may change who is in the team; in a new one only a superuser."""
        return is_superuser(request) or runs(request, parent)


class TeamsInline(MembershipInline):
    """The teams of a person, which may be any: changed by superusers only."""

    autocomplete_fields = ("team",)


class MembershipsAdmin(AnyAdmin):
    """A page with memberships as its only formset."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the memberships and record each change."""
        super().save_formset(request, form, formset, change)
        changed = [("member.added", one) for one in formset.new_objects]
        changed += [("member.changed", one) for one, _ in formset.changed_objects]
        changed += [("member.removed", one) for one in formset.deleted_objects]
        for verb, member in changed:
            _record(request, verb, member)


@admin.register(Membership)
class MembershipAdmin(ConfirmedAdmin):
    """Memberships: people, teams and roles."""

    form = MembershipForm
    list_display = ("user", "team", "role", "joined_at")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name", "team__name")
    list_select_related = ("user", "team")
    autocomplete_fields = ("user", "team")
    readonly_fields = ("joined_at",)
    date_hierarchy = "joined_at"
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
        """Save and record it."""
        super().save_model(request, obj, form, change)
        if form.changed_data:
            _record(request, "member.changed" if change else "member.added", obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Delete and record it."""
        super().delete_model(request, obj)
        _record(request, "member.removed", obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete all or none and record each."""
        with transaction.atomic():
            for member in queryset.select_related("team", "user"):
                self.delete_model(request, member)
