"""Django's caches, whose `add` raises where they cannot be written: login limits are locked by it."""
