"""Addresses that let in whoever reads them, and how they are written where others read: in logs and error reports."""

SPEAK, JOIN = "/speak/", "/join/"
PREFIXES = (
    SPEAK,
    JOIN,
    "/setup/",
    "/notifications/unsubscribe/",
    "/accounts/password/reset/key/",
    "/accounts/confirm-email/",
)


def without_secret(address: str) -> str:
    """Return the path of an address or a path with its query, without a token in either."""
    path = address.partition("?")[0].partition("#")[0]
    # In the middle too, behind a scheme and a host.
    for prefix in PREFIXES:
        if prefix in path:
            return path[: path.index(prefix) + len(prefix)] + "…"
    return path
