"""Shared by the admin pages: read-only records, links to the product, and definitions without their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from voices.models import Membership, Team, User
from voices.providers.registry import describe_definition
from voices.web.accounts.reauthentication import ask_to_confirm
from voices.web.admin_site import Subject

if TYPE_CHECKING:  # the stubs want a type argument that Django's classes do not take at run time
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.StackedInline[Any, Any]
    AnyForm = forms.ModelForm[Any]
    PeopleAdmin = UserAdmin[Any]
    GroupsAdmin = GroupAdmin
    CreationForm = AdminUserCreationForm[Any]
    ChangeForm = UserChangeForm[Any]
    AnyPaginator = Paginator[Any]
else:
    AnyAdmin, AnyInline, AnyForm = admin.ModelAdmin, admin.StackedInline, forms.ModelForm
    PeopleAdmin, GroupsAdmin = UserAdmin, GroupAdmin
    CreationForm, ChangeForm, AnyPaginator = AdminUserCreationForm, UserChangeForm, Paginator


def acting(request: HttpRequest) -> User | None:
    """Return the user of the request, or None."""
    return request.user if isinstance(request.user, User) else None


def is_superuser(request: HttpRequest) -> bool:
    """Whether the user of the request is a superuser."""
    return isinstance(request.user, User) and request.user.is_superuser


class BoundedPaginator(AnyPaginator):
    """A paginator of the first 10,000 records: counting or skipping more takes longer than a search or a filter."""

    MAX_RECORDS = 10_000

    @cached_property
    def found(self) -> int:
        """The number of records, up to one more than `MAX_RECORDS`."""
        return cast(models.QuerySet[Any], self.object_list).order_by()[: self.MAX_RECORDS + 1].count()

    @cached_property
    def count(self) -> int:
        """The number of records on all pages."""
        return min(self.found, self.MAX_RECORDS)

    @property
    def is_cut(self) -> bool:
        """Whether the list is truncated."""
        return self.found > self.MAX_RECORDS


@dataclass(frozen=True)
class ProductPage:
    """The product's own page of a record; `address` is empty unless the team is the user's current one."""

    team: Team
    address: str
    is_member: bool


class StudioAdmin(AnyAdmin):
    """A kind of record: where the index lists it, and how its list and its page behave."""

    subject: ClassVar[Subject] = Subject.INTERNALS
    title: ClassVar[str] = ""  # in the index, where the model's own name would not do
    # The route of the product's own page of such a record, and where the record says its argument and its team.
    page: ClassVar[str] = ""
    page_of: ClassVar[str] = "pk"
    page_team: ClassVar[str] = "team"
    show_full_result_count = False  # a second COUNT over a big table, for one number
    show_facets = admin.ShowFacets.NEVER  # a COUNT for every choice of every filter
    # Days are filters (Today, Past 7 days ...), and there is no `date_hierarchy`: to name the years it truncates each
    # record's date, 13 s for a million on SQLite where the page without takes 0.06 s.
    paginator = BoundedPaginator
    list_per_page = 50

    def product_page(self, request: HttpRequest, record: Any) -> ProductPage | None:
        """Return the record's own page in the product, or None if it has none."""
        if not self.page:
            return None
        team, name = _follow(record, self.page_team), _follow(record, self.page_of)
        if team is None or name is None:
            return None
        member: Membership | None = getattr(request, "member", None)
        is_here = member is not None and member.team_id == team.pk
        address = reverse(self.page, args=[name] if self.page_of else []) if is_here else ""
        return ProductPage(team, address, team in getattr(request, "teams", ()))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> Any:
        """Return the record's page, with a link to its page in the product."""
        if (record := options.get("obj")) is not None:
            context["product_page"] = self.product_page(request, record)
        return super().render_change_form(request, context, *args, **options)


def _follow(record: Any, path: str) -> Any:
    """Return what the path of attributes leads to from the record; None where it ends early."""
    for name in path.split(".") if path else ():
        record = getattr(record, name, None)
    return record


class ConfirmedAdmin(StudioAdmin):
    """A record that decides who may do what: its form opens only after the password was given recently."""

    def ask(self, request: HttpRequest) -> HttpResponse | None:
        """Return a redirect to the password form, or None if it was given recently."""
        return ask_to_confirm(request)

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Show or submit the form to add or change a record."""
        return self.ask(request) or super().changeform_view(request, *args, **options)


class UndeletableAdmin(StudioAdmin):
    """A record that is never added or deleted here; `locked_fields` are read-only.

    Deleting would mislead: a voice, a key or a person leaves traces at Althea and in the audit trail, and a cascade
    would delete records without an audit entry.
    """

    locked_fields: ClassVar[tuple[str, ...]] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the locked fields."""
        return self.locked_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return False, which also removes the bulk action and stops cascades from other pages."""
        return False


class ReadOnlyAdmin(UndeletableAdmin):
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
