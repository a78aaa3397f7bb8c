"""Notices, their webhooks, and the health checks of voices."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import HealthRound, Mailbox, Notice, WebhookDelivery, WebhookEndpoint
from voices.web.admin_site import Subject


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Addresses of teams' own programs, without their secrets."""

    subject = Subject.NOTICES
    page = "voices:webhook"
    list_display = ("url", "team", "state", "problem", "failing_since", "created_at")
    list_filter = ("state", "created_at")
    search_fields = ("^id", "url", "team__name")
    list_select_related = ("team",)
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("id", "team", "url", "kinds", "made_by")}),
        ("State", {"fields": ("state", "problem", "failing_since", "old_until")}),
        ("Times", {"fields": ("created_at",)}),
    )


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Messages to webhooks, and how the last try ended."""

    subject = Subject.NOTICES
    page = "voices:webhook"
    page_of = "endpoint.pk"
    page_team = "endpoint.team"
    list_display = ("notice", "endpoint", "state", "status", "attempts", "attempted_at", "problem")
    list_filter = ("state", "status", "attempted_at")
    search_fields = ("=id", "^notice__id", "endpoint__url", "endpoint__team__name")
    list_select_related = ("notice", "endpoint")
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("id", "notice", "endpoint")}),
        ("Last try", {"fields": ("state", "status", "milliseconds", "answer", "problem", "attempted_at")}),
        ("Queue", {"fields": ("due_at", "lease_holder", "lease_until", "attempts", "crashes", "request_id")}),
    )


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Events that people and programs are notified of."""

    subject = Subject.NOTICES
    list_display = ("kind", "team", "about", "state", "at")
    list_filter = ("kind", "state", "at")
    search_fields = ("^id", "team__name", "about__email")
    list_select_related = ("team", "about")
    ordering = ("-at",)
    fieldsets = (
        (None, {"fields": ("id", "team", "kind", "about", "facts", "at")}),
        ("Queue", {"fields": ("state", "due_at", "lease_holder", "lease_until", "crashes", "request_id")}),
    )


@admin.register(Mailbox)
class MailboxAdmin(ReadOnlyAdmin):
    """When people get their next email, and whether they want any."""

    subject = Subject.INTERNALS
    list_display = ("user", "state", "is_off", "digest_hour", "due_at", "attempts")
    list_filter = ("state", "is_off")
    search_fields = ("user__email",)
    list_select_related = ("user",)
    ordering = ("-due_at",)
    fieldsets = (
        (None, {"fields": ("user", "is_off", "digest_hour")}),
        ("Queue", {"fields": ("state", "due_at", "lease_holder", "lease_until", "attempts", "crashes")}),
    )


@admin.register(HealthRound)
class HealthRoundAdmin(ReadOnlyAdmin):
    """The health checks of each account's voices, and why they are paused."""

    subject = Subject.INTERNALS
    list_display = ("account", "state", "problem", "due_at")
    list_filter = ("state",)
    search_fields = ("account__name", "problem")
    list_select_related = ("account",)
    ordering = ("-due_at",)
    fieldsets = (
        (None, {"fields": ("account", "state", "problem", "calls_due_at")}),
        ("Queue", {"fields": ("due_at", "lease_holder", "lease_until", "crashes")}),
    )
