"""Memberships and roles: on their own page, and inside the pages of people and teams.

Roles decide what people may do, so every change is recorded in the audit trail, in the same transaction (the
admin's form and delete views are atomic).
"""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from voices import audit
from voices.admin.base import AnyAdmin, AnyForm, AnyInline
from voices.models import Membership, User


def acting(request: HttpRequest) -> User | None:
    """Return the user of the request, or None."""
    return request.user if isinstance(request.user, User) else None


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


class PeopleInline(AnyInline):
    """The people of a team."""

    model = Membership
    form = MembershipForm
    extra = 0
    autocomplete_fields = ("user",)
    readonly_fields = ("joined_at",)


class TeamsInline(AnyInline):
    """The teams of a person."""

    model = Membership
    form = MembershipForm
    extra = 0
    autocomplete_fields = ("team",)
    readonly_fields = ("joined_at",)


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
class MembershipAdmin(AnyAdmin):
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
