"""A team's stable names for voices."""

import uuid
from typing import ClassVar

from django.db import models

from voices.models.people import Team
from voices.models.voice import Voice


class Alias(models.Model):
    """A team's stable name (`brand-en`) for the voice that it currently points to."""

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
