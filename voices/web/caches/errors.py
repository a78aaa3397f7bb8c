"""The one error of a cache."""


class CacheUnavailableError(Exception):
    """The cache cannot be written, so nothing can be counted in it."""
