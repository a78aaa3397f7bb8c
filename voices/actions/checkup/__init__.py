"""Checks of an installation, shared by /readyz and `manage.py doctor`.

A check is one object in a file of this package, and its line in `CHECKS`, which is the order in which they run.
"""

from voices.actions.checkup import (
    activity,
    althea,
    clock,
    database,
    encryption_key,
    mail,
    orphaned_files,
    packages,
    queue,
    settings,
    sqlite_file,
    storage,
    worker,
)
from voices.actions.checkup.base import Check, Problem

__all__ = ["CHECKS", "Check", "Problem"]

CHECKS: tuple[Check, ...] = (
    database.DATABASE,
    database.MIGRATIONS,
    encryption_key.CHECK,
    storage.CHECK,
    worker.CHECK,
    queue.CHECK,
    activity.CHECK,
    sqlite_file.LOG,
    sqlite_file.INTEGRITY,
    orphaned_files.CHECK,
    clock.CHECK,
    settings.CHECK,
    packages.CHECK,
    althea.CHECK,
    mail.CHECK,
)
