"""Secret URLs, which grant access to everybody who reads them, and how they are masked in logs and error reports."""

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
    """Return the path of a URL, or a path with its query, with tokens removed."""
    path = address.partition("?")[0].partition("#")[0]
    # In the middle too, behind a scheme and a host.
    for prefix in PREFIXES:
        if prefix in path:
            return path[: path.index(prefix) + len(prefix)] + "…"
    return path
