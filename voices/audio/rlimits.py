"""Resource limits that a child process sets for itself before it reads an untrusted file."""

import os
import resource


def apply_limits(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process permanently: memory, CPU time, no further files or processes, no file writes, low priority."""
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 0)  # what is open stays open; sockets are files too
    _limit(resource.RLIMIT_NPROC, 0)  # not for root
    os.nice(10)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))
