"""Keys and accounts. No page shows, stores or changes the sealed value of a key."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from voices.access import Verb, may
from voices.actions import NotPossibleError
from voices.actions.keys.store import remove_key, test_key
from voices.admin.acting import act_on_each, member_in
from voices.admin.base import ReadOnlyAdmin
from voices.models import AltheaAccount, ApiKey, ApiToken, KeyState, Membership, SealCanary, Team, User
from voices.web.accounts.reauthentication import ask_to_confirm
from voices.web.admin_site import Subject

MAX_KEYS_TESTED = 10
TOO_MANY = f"Choose at most {MAX_KEYS_TESTED} keys: each is sent to Althea while you wait."


def _acting_for(request: HttpRequest, owner: User) -> Membership:
    """Return as whom the user acts on a person's keys, which belong to no team: in the first of the person's teams.

    Only they themselves and admins of it may. Raises NotPossibleError.
    """
    teams = Team.objects.filter(memberships__user=owner).order_by("memberships__joined_at")
    for team in teams:
        try:
            member = member_in(request, team)
        except NotPossibleError:
            continue
        if member.user == owner or may(member, Verb.MANAGE_MEMBERS):
            return member
    raise NotPossibleError(f"You're not an admin of a team that {owner} is in.")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys with their owner, account and state."""

    subject = Subject.KEYS
    title = "Althea API keys"
    list_display = ("label", "shown", "owner", "endpoint", "account", "state", "is_default", "checked_at")
    list_filter = ("state", "endpoint", "is_default", "created_at")
    search_fields = ("label", "owner__email", "owner__name", "account__name", "=prefix", "=last4")
    list_select_related = ("owner", "account")
    ordering = ("-created_at",)
    fields = (
        "id", "label", "shown", "owner", "endpoint", "account", "state", "is_default", "checked_at", "last_problem",
        "created_at",
    )  # fmt: skip
    actions = ("test_keys", "remove_keys")

    @admin.display(description="key")
    def shown(self, key: ApiKey) -> str:
        """Return prefix and last 4, all that is ever displayed of a key."""
        return key.shown

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Whether the user may remove other people's keys: the permission to delete them."""
        return request.user.has_perm("voices.delete_apikey")

    def has_test_permission(self, request: HttpRequest) -> bool:
        """Whether the user may test other people's keys: the permission to change them."""
        return request.user.has_perm("voices.change_apikey")

    @admin.action(description="Test selected keys now", permissions=["test"])
    def test_keys(self, request: HttpRequest, keys: QuerySet[Any]) -> None:
        """Ask Althea whether each key works, and say what it answered."""
        chosen = list(_with_value(keys)[: MAX_KEYS_TESTED + 1])
        if len(chosen) > MAX_KEYS_TESTED:
            self.message_user(request, TOO_MANY, messages.ERROR)
            return

        def test(key: ApiKey) -> None:
            found = test_key(member=_acting_for(request, key.owner), key=key)
            if found.problem:
                raise NotPossibleError(found.problem)

        act_on_each(request, chosen, test, done="Keys that work:")

    @admin.action(description="Remove selected keys (erases their values)", permissions=["remove"])
    def remove_keys(self, request: HttpRequest, keys: QuerySet[Any]) -> HttpResponse | None:
        """Erase the selected keys' values by the product's own action, with an audit line each."""
        if asked := ask_to_confirm(request):
            return asked

        def remove(key: ApiKey) -> None:
            remove_key(member=_acting_for(request, key.owner), key=key)

        act_on_each(request, _with_value(keys), remove, done="Keys removed:")
        return None


def _with_value(keys: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
    return keys.exclude(state=KeyState.REMOVED).select_related("owner", "account")


@admin.register(AltheaAccount)
class AltheaAccountAdmin(ReadOnlyAdmin):
    """Accounts as reported by Althea."""

    subject = Subject.KEYS
    list_display = ("name", "endpoint", "account_id", "allowed_voices", "read_at")
    list_filter = ("endpoint", "read_at")
    search_fields = ("name", "=account_id")
    ordering = ("name",)
    fields = ("id", "name", "endpoint", "account_id", "allowed_voices", "read_at")


@admin.register(SealCanary)
class SealCanaryAdmin(ReadOnlyAdmin):
    """The row that only the right encryption key opens; its sealed text is not shown either."""

    list_display = ("id", "created_at")
    list_filter = ("created_at",)
    search_fields = ("^id",)
    fields = ("id", "created_at")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens of programs. They are made and revoked on the product's own page; the hash is not shown."""

    subject = Subject.KEYS
    page = "voices:tokens"
    page_of = ""
    list_display = (
        "name",
        "start",
        "team",
        "made_by",
        "is_of_team",
        "scopes",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = ("is_of_team", ("revoked_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("name", "=start", "team__name", "made_by__email", "made_by__name")
    list_select_related = ("team", "made_by")
    ordering = ("-created_at",)
    fields = (
        "id", "name", "start", "scopes", "team", "is_of_team", "actor", "made_by", "created_at", "expires_at",
        "last_used_at", "revoked_at", "revoked_by",
    )  # fmt: skip
