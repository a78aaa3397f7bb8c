"""The voices that a person marked as favourites."""

from typing import ClassVar

from django.db import models

from voices.models.people import User
from voices.models.voice import Voice


class Favourite(models.Model):
    """A voice that one person marked as a favourite."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="favourites")
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "voice"], name="one_favourite")]

    def __str__(self) -> str:
        return f"{self.voice} for {self.user}"
