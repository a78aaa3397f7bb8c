"""Backups of everything an installation stores except its secrets, and restoring one into an empty installation."""
