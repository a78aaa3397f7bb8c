"""Metrics of several processes in a shared folder, of which any web process can read all.

A process takes the first free slot and continues counting in the files of that slot. So no count is lost when a process
ends, and the number of files is that of the most concurrent processes.
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
# Allocated in full: a mapped file that has to grow on a full disk kills the process that writes to it.
FILE_BYTES = 2_000_000
MAX_SLOTS = 100

logger = logging.getLogger(__name__)
_locks: list[IO[str]] = []  # held until this process ends


def share_metrics(folder: Path, *, program: str) -> None:
    """Count in the folder's files from now on. If that fails, this process keeps its own counts."""
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
    """Create the file, replacing one that is damaged or from a version with other metrics."""
    if not _is_usable(file):
        new = file.with_suffix(".new")
        new.write_bytes(bytes(FILE_BYTES))
        new.replace(file)  # concurrent readers see the old file or the new one, never a part


def _is_usable(file: Path) -> bool:
    known = {(metric.name, metric.documentation) for metric in COUNTED.collect()}
    try:
        with file.open("rb") as content:
            used = int.from_bytes(content.read(4), sys.byteorder, signed=True)
        is_whole = 0 <= used <= file.stat().st_size >= FILE_BYTES
        return is_whole and {(metric.name, metric.documentation) for metric in _read([file])} <= known
    except Exception:
        return False  # absent, or not a regular file


def _read(files: Iterable[Path]) -> Iterable[Metric]:
    found: Iterable[Metric] = MultiProcessCollector.merge([str(file) for file in files])  # type: ignore[no-untyped-call]  # has no types
    return found


def counted(folder: Path) -> Iterable[Metric]:
    """Return the counts of all processes; those of this one if the folder is not shared."""
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
    """Return what the holder of the lock wrote; {} if there is none, or it has not written yet."""
    with path.open(encoding="utf-8") as lock, suppress(ValueError):
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return dict(json.loads(lock.read()))
    return {}
