"""seccomp, by which a Linux process restricts itself to a list of system calls; all others fail.

https://docs.kernel.org/userspace-api/seccomp_filter.html. A filter is a small program that the kernel runs before
each call: it knows the architecture and the number of the call.
"""

import ctypes
import errno
import os
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER = 22, 38, 2
ALLOW, FAIL = 0x7FFF0000, 0x00050000
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER_AT, ARCHITECTURE_AT = 0, 4  # offsets in the data that the filter sees

# The calls needed to read, compute, write and exit. None takes a path, opens, connects or starts anything.
CALLS: dict[str, tuple[int, tuple[int, ...]]] = {
    # read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 readv
    # writev sched_yield mremap madvise nanosleep getpid exit gettimeofday getrusage sigaltstack gettid futex
    # clock_gettime clock_nanosleep exit_group getrandom setitimer
    "x86_64": (
        0xC000003E,
        (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 35, 39, 60, 96, 98, 131, 186, 202, 228,
         230, 231, 318, 38),
    ),
    "aarch64": (
        0xC00000B7,
        (63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 67, 65, 66, 124, 216, 233, 101, 172, 93, 169, 165,
         132, 178, 98, 113, 115, 94, 278, 103),
    ),
}  # fmt: skip

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def is_known() -> bool:
    """Whether this kernel has seccomp filters, and we know the numbers of its system calls."""
    if not _has_numbers():
        return False
    # Without a filter the call fails: by EFAULT where filters exist, by EINVAL where they do not.
    _libc.prctl(PR_SET_SECCOMP, FILTER, None, 0, 0)
    return ctypes.get_errno() == errno.EFAULT


def allow_computing_only() -> bool:
    """Forbid this process all system calls but CALLS. Return False if their numbers are unknown."""
    if not _has_numbers():
        return False
    code = _filter(*CALLS[os.uname().machine])
    program = _Program(len(code) // 8, code)
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(_libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0)


def _has_numbers() -> bool:
    return sys.platform == "linux" and os.uname().machine in CALLS


def _filter(architecture: int, calls: tuple[int, ...]) -> bytes:
    fail = FAIL | errno.EPERM
    # Each step: what to do, how many steps to skip if equal and if not, and a value. 32-bit calls on a 64-bit kernel
    # have another architecture, those of x32 numbers that are not in the list.
    steps = [(LOAD, 0, 0, ARCHITECTURE_AT), (JUMP_IF_EQUAL, 1, 0, architecture), (RETURN, 0, 0, fail)]
    steps += [(LOAD, 0, 0, NUMBER_AT)]
    steps += [(JUMP_IF_EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    steps += [(RETURN, 0, 0, fail), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
