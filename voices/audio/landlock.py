"""Landlock, by which an unprivileged Linux process permanently gives up files, connections and signals.

https://docs.kernel.org/userspace-api/landlock.html. The packages for it are young, and three system calls suffice.
"""

import ctypes
import os
import sys

CREATE_RULESET, RESTRICT_SELF = 444, 446  # the same numbers on every architecture
ASK_VERSION = 1
PR_SET_NO_NEW_PRIVS = 38
# The number of rights in each version of Landlock: for files, for TCP, for signals and abstract sockets.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
NET_RIGHTS, SCOPES = 2, 2

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def version() -> int:
    """Return the kernel's version of Landlock, 0 without it."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))))


def give_up_everything() -> bool:
    """Forbid this process to open files, to connect and to send signals. Return False without kernel support.

    Open files stay open.
    """
    known = version()
    if not known:
        return False
    rules = _Ruleset(
        files=(1 << FILE_RIGHTS.get(known, max(FILE_RIGHTS.values()))) - 1,
        net=(1 << NET_RIGHTS) - 1 if known >= 4 else 0,
        scopes=(1 << SCOPES) - 1 if known >= 6 else 0,
    )
    size = ctypes.c_size_t(ctypes.sizeof(rules) if known >= 6 else 16 if known >= 4 else 8)
    ruleset = _libc.syscall(CREATE_RULESET, ctypes.byref(rules), size, ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    is_done = bool(_libc.syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0)
    os.close(ruleset)
    return is_done
