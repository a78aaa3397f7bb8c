"""Shared by the admin pages: read-only records, and definitions without their secrets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from voices.models import User
from voices.providers.registry import describe_definition
from voices.web.accounts.reauthentication import ask_to_confirm

if TYPE_CHECKING:  # the stubs want a type argument that Django's classes do not take at run time
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
    AnyForm = forms.ModelForm[Any]
    PeopleAdmin = UserAdmin[Any]
    GroupsAdmin = GroupAdmin
    CreationForm = AdminUserCreationForm[Any]
    ChangeForm = UserChangeForm[Any]
else:
    AnyAdmin, AnyInline, AnyForm = admin.ModelAdmin, admin.TabularInline, forms.ModelForm
    PeopleAdmin, GroupsAdmin = UserAdmin, GroupAdmin
    CreationForm, ChangeForm = AdminUserCreationForm, UserChangeForm


def acting(request: HttpRequest) -> User | None:
    """Return the user of the request, or None."""
    return request.user if isinstance(request.user, User) else None


def is_superuser(request: HttpRequest) -> bool:
    """Whether the user of the request is a superuser."""
    return isinstance(request.user, User) and request.user.is_superuser


class ConfirmedAdmin(AnyAdmin):
    """A record that decides who may do what: its form opens only after the password was given recently."""

    def ask(self, request: HttpRequest) -> HttpResponse | None:
        """Return a redirect to the password form, or None if it was given recently."""
        return ask_to_confirm(request)

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Show or submit the form to add or change a record."""
        return self.ask(request) or super().changeform_view(request, *args, **options)


class WatchedAdmin(AnyAdmin):
    """A record that is never added or deleted here; `watched` are its read-only fields.

    Deleting would be misleading: a voice, a key or a person leaves traces upstream and in the audit trail, and a
    cascade would delete records that no action has recorded.
    """

    watched: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False  # a second COUNT over a big table, for one number
    list_per_page = 50

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the watched fields."""
        return self.watched

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return False, which also removes the bulk action and stops cascades from other pages."""
        return False


class ReadOnlyAdmin(WatchedAdmin):
    """A read-only record."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return False."""
        return False


def rows(pairs: list[tuple[str, str]]) -> SafeString:
    """Return (label, value) pairs as escaped lines."""
    return format_html_join(SafeString("<br>"), "{}: {}", pairs) or SafeString("-")


def definition_rows(definition: Mapping[str, Any]) -> SafeString:
    """Return a voice's definition by provider, with secrets hidden."""
    described = describe_definition(definition)
    return rows([(f"{provider} › {label}", value) for provider, pairs in described for label, value in pairs])


def json_rows(name: str, value: Any) -> SafeString:
    """Return any JSON under that name as lines, with everything that looks like a secret hidden."""
    if not value:
        return SafeString("-")
    members = value if isinstance(value, Mapping) else {"items": value}
    return rows([row for _, pairs in describe_definition({name: members}) for row in pairs])
