"""Keys and accounts. A key's sealed value is on no page, and no page stores or changes one."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from voices.actions.keys.store import remove_key
from voices.admin.base import ReadOnlyAdmin
from voices.models import AltheaAccount, ApiKey, KeyState, Membership, SealCanary

NO_TEAM = "You are in no team, so the audit trail could not say where you did this. Join one first."


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """People's keys: whose, for which account, in which state."""

    list_display = ("label", "shown", "owner", "endpoint", "account", "state", "is_default", "checked_at")
    list_filter = ("state", "endpoint", "is_default")
    search_fields = ("label", "owner__email", "owner__name", "account__name", "=prefix", "=last4")
    list_select_related = ("owner", "account")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fields = (
        "id", "label", "shown", "owner", "endpoint", "account", "state", "is_default", "checked_at", "last_problem",
        "created_at",
    )  # fmt: skip
    actions = ("remove_keys",)

    @admin.display(description="key")
    def shown(self, key: ApiKey) -> str:
        """The prefix and the last 4, all that people ever see of a key."""
        return key.shown

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Whether the person may remove others' keys: whoever may delete them, had deleting a place here."""
        return request.user.has_perm("voices.delete_apikey")

    @admin.action(description="Remove the keys (their values are erased)", permissions=["remove"])
    def remove_keys(self, request: HttpRequest, keys: QuerySet[Any]) -> None:
        """Erases the chosen keys' values by the action that people use, one audit line each."""
        member: Membership | None = getattr(request, "member", None)
        if member is None:
            self.message_user(request, NO_TEAM, messages.ERROR)
            return
        chosen = list(keys.exclude(state=KeyState.REMOVED).select_related("owner", "account"))
        for key in chosen:
            remove_key(member=member, key=key)
        self.message_user(request, f"Removed keys: {len(chosen)}.", messages.SUCCESS)


@admin.register(AltheaAccount)
class AltheaAccountAdmin(ReadOnlyAdmin):
    """Accounts as Althea told them."""

    list_display = ("name", "endpoint", "account_id", "allowed_voices", "read_at")
    list_filter = ("endpoint",)
    search_fields = ("name", "=account_id")
    date_hierarchy = "read_at"
    ordering = ("name",)
    fields = ("id", "name", "endpoint", "account_id", "allowed_voices", "read_at")


@admin.register(SealCanary)
class SealCanaryAdmin(ReadOnlyAdmin):
    """The row that only the right encryption key opens; its sealed text stays out of sight too."""

    list_display = ("id", "created_at")
    search_fields = ("^id",)
    date_hierarchy = "created_at"
    fields = ("id", "created_at")
