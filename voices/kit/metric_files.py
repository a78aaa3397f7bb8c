"""Metrics of several processes in one folder: whichever web process is asked reads them all.

A process takes the first free slot and counts in the files of that slot, on from what they hold. So no count is lost
with a process, and there are as many files as there ever were processes at once.
"""

import fcntl
import json
import logging
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from prometheus_client import Metric, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

from voices.kit.metrics import COUNTED

KINDS = ("counter", "histogram")
# Written in full beforehand: a mapped file that has to grow on a full disk kills the process that writes to it.
FILE_BYTES = 2_000_000
MAX_SLOTS = 100

logger = logging.getLogger(__name__)
_locks: list[IO[str]] = []  # held until this process ends


def share_metrics(folder: Path, *, program: str) -> None:
    """Count in the folder's files from now on. Where that is not possible, this process's counts are its own."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        slot, lock = _take_slot(folder)
        for kind in KINDS:
            _prepare(folder / f"{kind}_{slot}.db")
        json.dump({"program": program, "host": socket.gethostname(), "pid": os.getpid()}, lock)
        lock.flush()
    except OSError as problem:
        logger.warning("Metrics of this process are not shared: %s", problem)
        return
    _locks.append(lock)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: slot)  # type: ignore[no-untyped-call]  # as documented


def _take_slot(folder: Path) -> tuple[int, IO[str]]:
    for slot in range(MAX_SLOTS):
        lock = (folder / f"{slot}.lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
        else:
            lock.truncate(0)
            return slot, lock
    raise OSError(f"all {MAX_SLOTS} slots of {folder.name} are taken")


def _prepare(file: Path) -> None:
    """Make the file, or make it anew if it is damaged or from a version with other metrics."""
    if not _is_usable(file):
        new = file.with_suffix(".new")
        new.write_bytes(bytes(FILE_BYTES))
        new.replace(file)  # whoever reads meanwhile finds the old one or the new one, never a part


def _is_usable(file: Path) -> bool:
    known = {(metric.name, metric.documentation) for metric in COUNTED.collect()}
    try:
        with file.open("rb") as content:
            used = int.from_bytes(content.read(4), sys.byteorder, signed=True)
        is_whole = 0 <= used <= file.stat().st_size >= FILE_BYTES
        return is_whole and {(metric.name, metric.documentation) for metric in _read([file])} <= known
    except Exception:
        return False  # absent, or whatever a file can be


def _read(files: Iterable[Path]) -> Iterable[Metric]:
    found: Iterable[Metric] = MultiProcessCollector.merge([str(file) for file in files])  # type: ignore[no-untyped-call]  # has no types
    return found


def counted(folder: Path) -> Iterable[Metric]:
    """Return what all processes have counted; what this one has if the folder is not shared."""
    return _read(sorted(folder.glob("*.db"))) if _locks else COUNTED.collect()


def processes(folder: Path) -> Iterator[Metric]:
    """Yield memory, processor time and open files of each process of this machine that shares the folder."""
    found: dict[str, Metric] = {}
    for lock in sorted(folder.glob("*.lock")):
        holder = _holder(lock)
        if holder.get("host") != socket.gethostname():
            continue
        labels = {"program": str(holder["program"]), "slot": lock.stem}
        for metric in ProcessCollector(pid=partial(str, holder["pid"]), registry=None).collect():
            merged = found.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
            for sample in metric.samples:
                merged.add_sample(sample.name, labels, sample.value)
    yield from found.values()


def _holder(path: Path) -> dict[str, object]:
    """Return what the process that holds the lock wrote; {} if none does, or it has not written yet."""
    with path.open(encoding="utf-8") as lock, suppress(ValueError):
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return dict(json.loads(lock.read()))
    return {}
