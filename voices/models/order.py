"""How a team keeps order: tags, favourites, aliases and saved views."""

import uuid
from typing import ClassVar

from django.db import models

from voices.models.people import Team, User
from voices.models.voice import Voice


class Tag(models.Model):
    """A team's word for some of its voices; `key` is the folded name, so that `Brand` and `brand` are one."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)
    key = models.CharField(max_length=80, editable=False)
    voices = models.ManyToManyField(Voice, through="Tagging", related_name="tags")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["key"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "key"], name="one_tag_a_word")]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a voice."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tag", "voice"], name="one_tagging")]

    def __str__(self) -> str:
        return f"{self.tag} on {self.voice}"


class Favourite(models.Model):
    """A voice that one person wants at hand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="favourites")
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "voice"], name="one_favourite")]

    def __str__(self) -> str:
        return f"{self.voice} for {self.user}"


class Alias(models.Model):
    """A stable name of the team's own (`brand-en`) for whichever voice it points at now."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="aliases")
    name = models.SlugField(max_length=40)
    voice = models.ForeignKey(Voice, null=True, blank=True, on_delete=models.SET_NULL, related_name="aliases")
    created_at = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "aliases"
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "name"], name="one_alias_a_name")]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A search with its filters and order, kept under a name; `query` is the library's canonical query string."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "owner", "name"], name="one_view_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
