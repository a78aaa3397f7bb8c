"""Intents to store files, written beforehand so that a killed process leaves no orphan."""

from django.db import models


class FileIntent(models.Model):
    """The intent to store a file. It is deleted in the transaction that saves the row naming the file."""

    path = models.CharField(max_length=255, unique=True)
    noted_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.path
