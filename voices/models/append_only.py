"""Append-only rows: history, and what people stated."""

from typing import Any, NoReturn, TypeVar

from django.db import models

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class AppendOnlyQuerySet(models.QuerySet[Row_co]):
    """Rows that can be neither changed nor deleted."""

    def update(self, **fields: Any) -> NoReturn:
        """Raise TypeError."""
        raise TypeError(f"{_named(self.model)} cannot be changed.")

    def delete(self) -> NoReturn:
        """Raise TypeError."""
        raise TypeError(f"{_named(self.model)} cannot be deleted.")


class AppendOnly(models.Model):
    """A row that is saved once. Its `objects` must be the manager of an AppendOnlyQuerySet."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Save a new row. Raise TypeError for an existing one."""
        if not self._state.adding:
            raise TypeError(f"{_named(type(self))} cannot be changed.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        """Raise TypeError."""
        raise TypeError(f"{_named(type(self))} cannot be deleted.")


def _named(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name_plural).capitalize()
