"""People and teams. Changes here are recorded in the audit trail too."""

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

import allauth.account.admin  # registers what is unregistered below
import allauth.mfa.admin  # the same
import allauth.socialaccount.admin  # the same
import allauth.usersessions.admin  # noqa: F401  # the same
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from voices import audit
from voices.access import may_manage, teams_run_by
from voices.actions.members.roles import add_member, require_other_admins
from voices.actions.voice.search_text import refresh_search_of
from voices.admin.acting import sync_teams
from voices.admin.base import (
    AnyAdmin,
    AnyForm,
    ChangeForm,
    ConfirmedAdmin,
    CreationForm,
    GroupsAdmin,
    PeopleAdmin,
    UndeletableAdmin,
    acting,
    is_superuser,
)
from voices.admin.memberships import MembershipsAdmin, PeopleInline, TeamsInline, acting_in
from voices.kit.names import clean_name
from voices.models import ApiToken, Membership, Role, Team, User, Voice
from voices.web.admin_site import Subject

# allauth's list of emails means nothing here; second factors and sessions are their person's own, and show what they
# are checked with. Groups are registered again below.
admin.site.unregister(
    [EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken, Group]
)

PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")


class PersonFormMixin:
    """Normalises e-mails as the login looks them up, and names to one line."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        """Return the e-mail in lower case, as it is stored, looked up and checked for uniqueness."""
        return str(self.cleaned_data["email"]).strip().lower()

    def clean_name(self) -> str:
        """Return the name without control or invisible characters."""
        return clean_name(self.cleaned_data["name"])


class NewPersonForm(PersonFormMixin, CreationForm):
    """A new person, in a team that the `actor` runs; the password is hashed, or left unusable until a reset."""

    actor: User | None = None
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, help_text="Leave empty for someone who only works on this site."
    )
    role = forms.ChoiceField(choices=Role, initial=Role.VIEWER)

    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.actor is not None:
            self.fields["team"].queryset = teams_run_by(self.actor).order_by("name")  # type: ignore[attr-defined]  # of a choice


class PersonForm(PersonFormMixin, ChangeForm):
    """A person; the password's hash is masked, and changed on its own page."""

    class Meta:
        model = User
        fields = "__all__"  # the admin's fieldsets choose; Django's own form does the same
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}


class KindFilter(admin.SimpleListFilter):
    """Filter by what an account is for: people, unless service accounts are asked for."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the kinds beside people."""
        return [("service", "Service accounts of tokens"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield the choices, with people in place of all."""
        people, *others = super().choices(changelist)
        yield {**people, "display": "People"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return the accounts of that kind."""
        is_service = Exists(ApiToken.objects.filter(actor=OuterRef("pk"), is_of_team=True))
        kinds = {None: queryset.exclude(is_service), "service": queryset.filter(is_service)}
        return kinds.get(self.value(), queryset)


@admin.register(User)
class UserAdmin(ConfirmedAdmin, MembershipsAdmin, PeopleAdmin):
    """People. Nobody is deleted, since history names them; clear "active" instead.

    Only a superuser may grant permissions; nobody may change the account of somebody above them, or staff could
    log in as an admin.
    """

    subject = Subject.PEOPLE
    form = PersonForm
    add_form = NewPersonForm
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Permissions on this site", {"fields": ("is_active", *PRIVILEGES)}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")},
        ),
        ("In a team", {"classes": ("wide",), "fields": ("team", "role")}),
    )
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login", "date_joined")
    list_filter = (KindFilter, "is_active", "is_staff", "is_superuser", "date_joined")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()  # plain choices: Django's two boxes have no names for screen readers
    inlines = (TeamsInline,)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        """Return the memberships; a new person gets the first one in the form."""
        return self.inlines if obj is not None else ()

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **options: Any
    ) -> Any:
        """Return the form's class, which knows who fills it in."""
        form: Any = super().get_form(request, obj, change=change, **options)
        form.actor = acting(request)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the user's current team as that of a new person."""
        member: Membership | None = getattr(request, "member", None)
        return {"team": member.team_id if member else None} | super().get_changeform_initial_data(request)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Return the times, and the permissions unless the user is a superuser."""
        return ("last_login", "date_joined", *(() if is_superuser(request) else PRIVILEGES))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whether the user may change this person, who may not be above them; also for passwords."""
        actor = acting(request)
        within_reach = obj is None or (actor is not None and may_manage(actor, obj))
        return within_reach and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return False."""
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Show or submit the form for another person's password, after the user has confirmed their own."""
        return self.ask(request) or super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: AnyForm, change: bool) -> None:
        """Save, with the first membership or unless a team loses its last admin; tell the old email of a change."""
        if change and "is_active" in form.changed_data and not obj.is_active:
            require_other_admins(obj)
        super().save_model(request, obj, form, change)
        if team := form.cleaned_data.get("team"):
            add_member(member=acting_in(request, team), user=obj, role=Role(form.cleaned_data["role"]))
        if change and {"name", "email"} & set(form.changed_data):
            # Voices are searchable by their owner's name; the admin saves in its own transaction.
            refresh_search_of(obj)
        if change and "email" in form.changed_data:
            facts = {"from_email": form.initial["email"], "to_email": obj.email}
            tell = get_adapter(request).send_notification_mail
            transaction.on_commit(
                partial(tell, "account/email/email_changed", obj, facts, email=facts["from_email"])
            )

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> LogEntry:
        """Record it in the audit trail too."""
        audit.record(actor=acting(request), team=None, verb="person.added", thing=obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> LogEntry:
        """Record it in the audit trail too: the fields, never their values. This includes new passwords."""
        if changes := _names(message):
            audit.record(actor=acting(request), team=None, verb="person.changed", thing=obj, changes=changes)
        return super().log_change(request, obj, message)


def _names(message: Any) -> list[str]:
    """Return the names of the changed fields from Django's message; memberships are recorded separately."""
    changes = [part["changed"] for part in message if "changed" in part] if isinstance(message, list) else []
    return [name for change in changes if "name" not in change for name in change["fields"]]


@admin.register(Group)
class GroupAdmin(ConfirmedAdmin, GroupsAdmin):
    """Groups of permissions, for superusers only: whoever may change a group may give its members anything."""

    subject = Subject.PEOPLE
    filter_horizontal = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user is a superuser."""
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Whether the user is a superuser."""
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Whether the user is a superuser."""
        return is_superuser(request)


def _count(records: models.QuerySet[Any]) -> Coalesce:
    """Return a subquery that counts a team's records: two joined counts would multiply each other."""
    counted = records.filter(team=OuterRef("pk")).order_by().values("team").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


@admin.register(Team)
class TeamAdmin(MembershipsAdmin, UndeletableAdmin):
    """Teams with their people."""

    subject = Subject.PEOPLE
    page = "voices:team"
    page_of = page_team = ""
    actions = ("sync_accounts",)
    list_display = ("name", "people", "voices", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name", "^id")
    ordering = ("name",)
    fields = ("name", "sync_catalogue", "id", "created_at")
    locked_fields = ("id", "created_at")
    inlines = (PeopleInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return what the user's permissions say: a second team is created here."""
        return AnyAdmin.has_add_permission(self, request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Team]:
        """Return teams annotated with their numbers of people and voices."""
        counts = {"people": _count(Membership.objects.all()), "voice_count": _count(Voice.objects.all())}
        found: models.QuerySet[Team] = (
            super().get_queryset(request).filter(deleted_at=None).annotate(**counts)
        )
        return found

    @admin.display(description="people", ordering="people")
    def people(self, team: Any) -> int:
        """Return the number of people."""
        return int(team.people)

    @admin.display(description="voices", ordering="voice_count")
    def voices(self, team: Any) -> int:
        """Return the number of voices."""
        return int(team.voice_count)

    def has_sync_permission(self, request: HttpRequest) -> bool:
        """Whether the user may ask for syncs: the permission to add them."""
        return request.user.has_perm("voices.add_syncrun")

    @admin.action(description="Sync the accounts of selected teams", permissions=["sync"])
    def sync_accounts(self, request: HttpRequest, teams: models.QuerySet[Any]) -> None:
        """Ask for a sync of every account of the selected teams."""
        sync_teams(request, teams)
