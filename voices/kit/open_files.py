"""The limit on a process's open files and connections."""

import resource

WANTED = 10_240  # as many as macOS allows


def max_open_files() -> int:
    """Return this process's limit; `WANTED` if it has none."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return WANTED if soft == resource.RLIM_INFINITY else soft


def raise_open_files() -> None:
    """Raise the limit of this process and its children to `WANTED`, or as far as allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if max_open_files() < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
