"""What the admin pages share: records that are only looked at, and definitions without their secrets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from voices.providers.registry import describe_definition

if TYPE_CHECKING:  # the stubs want a type argument that Django's classes do not take at run time
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
    AnyForm = forms.ModelForm[Any]
    PeopleAdmin = UserAdmin[Any]
    CreationForm = AdminUserCreationForm[Any]
    ChangeForm = UserChangeForm[Any]
else:
    AnyAdmin, AnyInline, AnyForm = admin.ModelAdmin, admin.TabularInline, forms.ModelForm
    PeopleAdmin, CreationForm, ChangeForm = UserAdmin, AdminUserCreationForm, UserChangeForm


class WatchedAdmin(AnyAdmin):
    """A record that is never added or deleted here; `watched` names the fields that are shown but not edited.

    Deleting would lie: a voice, a key or a person leaves traces upstream and in the audit trail, and a cascade
    would take records along that no action ever wrote down.
    """

    watched: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False  # a second COUNT over a big table, for one number
    list_per_page = 50

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """All watched fields."""
        return self.watched

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never; this also takes the bulk action away and stops cascades from other pages."""
        return False


class ReadOnlyAdmin(WatchedAdmin):
    """A record that is only looked at."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False


def rows(pairs: list[tuple[str, str]]) -> SafeString:
    """(label, value) pairs as a list of lines, escaped."""
    return format_html_join(SafeString("<br>"), "{}: {}", pairs) or SafeString("-")


def definition_rows(definition: Mapping[str, Any]) -> SafeString:
    """A voice's definition by provider, secrets hidden."""
    described = describe_definition(definition)
    return rows([(f"{provider} › {label}", value) for provider, told in described for label, value in told])


def json_rows(name: str, value: Any) -> SafeString:
    """Any JSON under that name as lines, with whatever looks like a secret hidden."""
    if not value:
        return SafeString("-")
    members = value if isinstance(value, Mapping) else {"items": value}
    return rows([row for _, told in describe_definition({name: members}) for row in told])
