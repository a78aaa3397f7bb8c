"""Asking people without an account for a recording: the link, what comes back by it, and what is decided."""
