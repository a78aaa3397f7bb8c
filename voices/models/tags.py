"""A team's tags and the voices that have them."""

from typing import ClassVar

from django.db import models

from voices.models.people import Team
from voices.models.voice import Voice


class Tag(models.Model):
    """A tag of a team. `key` is the folded name, so that `Brand` and `brand` are the same tag."""

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
