"""Django's caches, except that `add`, by which login limits are locked, raises if the cache cannot be written."""
