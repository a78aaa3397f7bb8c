"""What a child process gives up before it reads an untrusted file, so that a flaw in a parser leads nowhere."""

from voices.audio import landlock, seccomp
from voices.audio.rlimits import apply_limits


def confine(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Give up for good all but computing, the input and the output. Where the kernel cannot, the limits remain.

    Landlock first, as it needs a file of its own; seccomp last, as it allows none of these calls.
    """
    landlock.give_up_everything()
    apply_limits(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
    seccomp.allow_computing_only()
