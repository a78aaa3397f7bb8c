"""A job for the limited child that takes what it is told to take, to see it stopped."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from voices.audio import probe_main


def main(arguments: Sequence[str]) -> None:
    """Do the one thing named by the first argument."""
    {"spin": spin, "swell": swell, "sleep": sleep, "write": write, "babble": babble, "weigh": weigh}[
        arguments[0]
    ]()


def spin() -> None:
    """Use the processor for ever."""
    while True:
        pass


def swell() -> None:
    """Ask for 2 GB."""
    sys.stdout.write(str(len(bytearray(2_000_000_000))))


def sleep() -> None:
    """Do nothing for a minute."""
    time.sleep(60)


def write() -> None:
    """Write a file, which the cage forbids."""
    Path(sys.argv[-1]).write_bytes(b"x" * 100)


def babble() -> None:
    """Answer what is not JSON."""
    sys.stdout.write("no idea")


def weigh() -> None:
    """Probe standard input, then answer this process's highest memory use in bytes instead.

    By /proc: `getrusage` counts what the parent held before this program was loaded.
    """
    out, sys.stdout = sys.stdout, sys.stderr
    probe_main.main(())
    status = Path("/proc/self/status").read_text()
    out.write(json.dumps(int(status.split("VmHWM:")[1].split()[0]) * 1024))
