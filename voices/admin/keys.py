"""Keys and accounts. No page shows, stores or changes the sealed value of a key."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from voices.actions.keys.store import remove_key
from voices.admin.base import ReadOnlyAdmin
from voices.models import AltheaAccount, ApiKey, KeyState, Membership, SealCanary
from voices.web.accounts.reauthentication import ask_to_confirm

NO_TEAM = "You're not in a team, so the audit trail can't record this. Join a team first."


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys with their owner, account and state."""

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
        """Return prefix and last 4, all that is ever displayed of a key."""
        return key.shown

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Whether the user may remove other people's keys: the permission to delete them."""
        return request.user.has_perm("voices.delete_apikey")

    @admin.action(description="Remove selected keys (erases their values)", permissions=["remove"])
    def remove_keys(self, request: HttpRequest, keys: QuerySet[Any]) -> HttpResponse | None:
        """Erase the selected keys' values by the product's own action, with an audit line each."""
        if asked := ask_to_confirm(request):
            return asked
        member: Membership | None = getattr(request, "member", None)
        if member is None:
            self.message_user(request, NO_TEAM, messages.ERROR)
            return None
        chosen = list(keys.exclude(state=KeyState.REMOVED).select_related("owner", "account"))
        for key in chosen:
            remove_key(member=member, key=key)
        self.message_user(
            request, f"Removed {len(chosen)} key{'' if len(chosen) == 1 else 's'}.", messages.SUCCESS
        )
        return None


@admin.register(AltheaAccount)
class AltheaAccountAdmin(ReadOnlyAdmin):
    """Accounts as reported by Althea."""

    list_display = ("name", "endpoint", "account_id", "allowed_voices", "read_at")
    list_filter = ("endpoint",)
    search_fields = ("name", "=account_id")
    date_hierarchy = "read_at"
    ordering = ("name",)
    fields = ("id", "name", "endpoint", "account_id", "allowed_voices", "read_at")


@admin.register(SealCanary)
class SealCanaryAdmin(ReadOnlyAdmin):
    """The row that only the right encryption key opens; its sealed text is not shown either."""

    list_display = ("id", "created_at")
    search_fields = ("^id",)
    date_hierarchy = "created_at"
    fields = ("id", "created_at")
