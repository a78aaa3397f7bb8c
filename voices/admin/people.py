"""People and teams. What happens to them here is written into the audit trail as well."""

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from voices import audit
from voices.actions.voice.search_text import refresh_search_of
from voices.admin.base import AnyAdmin, AnyForm, ChangeForm, CreationForm, PeopleAdmin, WatchedAdmin
from voices.admin.memberships import MembershipsAdmin, PeopleInline, TeamsInline, acting
from voices.kit.names import clean_name
from voices.models import Membership, Team, User, Voice

PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")


class PersonFormMixin:
    """Keeps e-mails as the login looks them up, and names on one line."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        """The e-mail in lower case, as it is stored and looked up; the model's uniqueness is checked on it."""
        return str(self.cleaned_data["email"]).strip().lower()

    def clean_name(self) -> str:
        """The name without control or invisible letters."""
        return clean_name(self.cleaned_data["name"])


class NewPersonForm(PersonFormMixin, CreationForm):
    """A new person; the password is hashed by Django's form, or left unusable until a reset."""

    class Meta:
        model = User
        fields = ("email", "name")


class PersonForm(PersonFormMixin, ChangeForm):
    """A person; the password's hash is shown masked and changed on a page of its own."""

    class Meta:
        model = User
        fields = "__all__"  # the admin's fieldsets choose; Django's own form does the same
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}


@admin.register(User)
class UserAdmin(MembershipsAdmin, PeopleAdmin):
    """People. Nobody is deleted: history names them. Take "active" away instead.

    Only a superuser hands out rights or touches a superuser, or else any staff member could become one.
    """

    form = PersonForm
    add_form = NewPersonForm
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights on this site", {"fields": ("is_active", *PRIVILEGES)}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")},
        ),
    )
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    date_hierarchy = "date_joined"
    inlines = (TeamsInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Times always; rights for all but superusers."""
        return ("last_login", "date_joined", *(() if _is_superuser(request) else PRIVILEGES))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whether the person may change people at all, and not above their own rights; passwords too."""
        below = obj is None or not obj.is_superuser or _is_superuser(request)
        return below and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: AnyForm, change: bool) -> None:
        """Saves; an e-mail that was replaced opens the account no longer (allauth keeps its own list)."""
        super().save_model(request, obj, form, change)
        if change and {"name", "email"} & set(form.changed_data):
            # Voices are found by their owner's name; the admin saves in a transaction of its own.
            refresh_search_of(obj)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj, email__iexact=form.initial["email"]).delete()

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> LogEntry:
        """Also into the audit trail."""
        audit.record(actor=acting(request), team=None, verb="person.added", thing=obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> LogEntry:
        """Also into the audit trail: which fields, never what they hold. A new password comes by here too."""
        if changes := _names(message):
            audit.record(actor=acting(request), team=None, verb="person.changed", thing=obj, changes=changes)
        return super().log_change(request, obj, message)


def _names(message: Any) -> list[str]:
    """The changed fields' names of Django's own message; memberships have lines of their own."""
    changes = [part["changed"] for part in message if "changed" in part] if isinstance(message, list) else []
    return [name for change in changes if "name" not in change for name in change["fields"]]


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _count(records: models.QuerySet[Any]) -> Coalesce:
    """How many records a team has, as a subquery: two joined counts would multiply each other."""
    counted = records.filter(team=OuterRef("pk")).order_by().values("team").annotate(many=Count("pk"))
    return Coalesce(Subquery(counted.values("many")), 0)


@admin.register(Team)
class TeamAdmin(MembershipsAdmin, WatchedAdmin):
    """Teams with their people."""

    list_display = ("name", "people", "voices", "created_at")
    search_fields = ("name", "^id")
    date_hierarchy = "created_at"
    ordering = ("name",)
    fields = ("name", "sync_catalogue", "id", "created_at")
    watched = ("id", "created_at")
    inlines = (PeopleInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As the person's rights say: a second team starts here."""
        return AnyAdmin.has_add_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Team]:
        """Teams with how many people and voices they have."""
        counts = {"people": _count(Membership.objects.all()), "voices_many": _count(Voice.objects.all())}
        found: models.QuerySet[Team] = super().get_queryset(request).annotate(**counts)
        return found

    @admin.display(description="people", ordering="people")
    def people(self, team: Any) -> int:
        """How many people are in it."""
        return int(team.people)

    @admin.display(description="voices", ordering="voices_many")
    def voices(self, team: Any) -> int:
        """How many voices it has."""
        return int(team.voices_many)
