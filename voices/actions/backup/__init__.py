"""Backups of all that an installation keeps, but its secrets, and restoring one into an empty installation."""
