"""The confinement of a child process before it reads an untrusted file, in case a parser is exploited."""

from voices.audio import landlock, seccomp
from voices.audio.rlimits import apply_limits


def confine(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Permanently give up everything but computing, input and output, as far as the kernel supports that.

    Landlock first, as it needs a file of its own; seccomp last, as it allows none of these calls.
    """
    landlock.give_up_everything()
    apply_limits(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
    seccomp.allow_computing_only()
