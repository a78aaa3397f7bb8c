"""A job for the limited child that takes what it is told to take, to see it stopped."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from voices.audio import answers, intake_main
from voices.audio.answers import write_answer

# Opened before the limits, as nothing can be afterwards.
STATUS = Path("/proc/self/status").open(encoding="ascii")  # noqa: SIM115  # for as long as the process
# What a flaw in a parser would be used for; each takes what the test names.
ATTEMPTS: dict[str, Callable[[str], object]] = {
    "read": lambda path: Path(path).read_bytes(),
    "list": os.listdir,
    "look": os.stat,
    "remove": os.remove,
    "connect": lambda port: socket.socket().connect(("127.0.0.1", int(port))),
    "bind": lambda _: socket.socket(socket.AF_UNIX),
    "fork": lambda _: os.fork(),
    "execute": lambda path: os.execv(path, [path]),  # noqa: S606  # what is tried
    "start": lambda path: subprocess.run([path], check=False),
    "thread": lambda _: threading.Thread(target=int).start(),
    "signal": lambda pid: os.kill(int(pid), 0),
}


def main(arguments: Sequence[str]) -> None:
    """Do the one thing named by the first argument."""
    if arguments[0] in ATTEMPTS:
        attempt(*arguments)
        return
    jobs = (spin, swell, sleep, write, babble, flood, stop, weigh)
    next(job for job in jobs if job.__name__ == arguments[0])()


def attempt(name: str, target: str) -> None:
    """Try it, and answer "done" or the error."""
    try:
        ATTEMPTS[name](target)
    except (OSError, RuntimeError) as problem:
        write_answer(type(problem).__name__)
    else:
        write_answer("done")


def spin() -> None:
    """Use the processor for ever."""
    while True:
        pass


def swell() -> None:
    """Ask for 2 GB."""
    write_answer(len(bytearray(2_000_000_000)))


def sleep() -> None:
    """Do nothing for a minute."""
    time.sleep(60)


def write() -> None:
    """Write a file, which the limits forbid."""
    Path(sys.argv[-1]).write_bytes(b"x" * 100)


def babble() -> None:
    """Answer what is no answer."""
    sys.stdout.write("no idea at all")


def flood() -> None:
    """Answer more bytes than any recording that is sent has."""
    write_answer("done", [b"x" * 1_000_000] * 11)


def stop() -> None:
    """End in the middle of an answer."""
    sys.stdout.buffer.write(answers.HEAD.pack(100) + b'{"finding":')


def weigh() -> None:
    """Take in standard input, then answer this process's highest memory use in bytes behind it.

    By /proc: `getrusage` counts what the parent held before this program was loaded.
    """
    intake_main.main(("{}",))
    STATUS.seek(0)
    status = STATUS.read()
    sys.stdout.buffer.write(b" %d" % (int(status.split("VmHWM:")[1].split()[0]) * 1024))
