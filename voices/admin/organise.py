"""Tags, favourites, aliases and saved views: changed in the library, read-only here."""

from django.contrib import admin

from voices.admin.base import ReadOnlyAdmin
from voices.models import Alias, Favourite, SavedView, Tag, Tagging
from voices.web.admin_site import Subject


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    """Tags of a team."""

    subject = Subject.VOICES
    page = "voices:tags"
    page_of = ""
    list_display = ("name", "team", "created_at")
    search_fields = ("name", "team__name")
    list_select_related = ("team",)
    fields = ("team", "name", "key", "created_at")


@admin.register(Tagging)
class TaggingAdmin(ReadOnlyAdmin):
    """Tags of voices."""

    subject = Subject.INTERNALS
    page = "voices:voice"
    page_of = "voice.pk"
    page_team = "voice.team"
    list_display = ("tag", "voice")
    search_fields = ("tag__name", "voice__name")
    list_select_related = ("tag", "voice")
    ordering = ("-pk",)
    fields = ("tag", "voice")


@admin.register(Favourite)
class FavouriteAdmin(ReadOnlyAdmin):
    """Favourites of people."""

    subject = Subject.INTERNALS
    page = "voices:voice"
    page_of = "voice.pk"
    page_team = "voice.team"
    list_display = ("voice", "user", "created_at")
    search_fields = ("voice__name", "user__email")
    list_select_related = ("voice", "user")
    ordering = ("-pk",)
    fields = ("voice", "user", "created_at")


@admin.register(Alias)
class AliasAdmin(ReadOnlyAdmin):
    """Stable names for voices; they are moved by an action that is recorded."""

    subject = Subject.VOICES
    page = "voices:aliases"
    page_of = ""
    list_display = ("name", "team", "voice", "moved_at")
    search_fields = ("name", "voice__name", "team__name")
    list_select_related = ("team", "voice")
    ordering = ("name",)
    fields = ("id", "team", "name", "voice", "created_at", "moved_at")


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    """Saved searches."""

    subject = Subject.VOICES
    page = "voices:views"
    page_of = ""
    list_display = ("name", "team", "owner", "is_shared", "created_at")
    list_filter = ("is_shared",)
    search_fields = ("name", "owner__email", "team__name")
    list_select_related = ("team", "owner")
    ordering = ("name",)
    fields = ("id", "team", "owner", "name", "query", "is_shared", "created_at")
