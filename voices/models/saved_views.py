"""Searches that people saved under a name."""

import uuid
from typing import ClassVar

from django.db import models

from voices.models.people import Team, User


class SavedView(models.Model):
    """A saved search with its filters and sort order. `query` is the library's canonical query string."""

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
