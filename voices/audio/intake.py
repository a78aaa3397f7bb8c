"""Intake of a recording of any kind: its finding, its report, and the file to send."""

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from voices.audio import faults
from voices.audio.canonical import CanonicalFacts, is_canonical, write_canonical
from voices.audio.child import SERVER, Bounds, ForkServer, ask_child
from voices.audio.edits import UNCHANGED, Edit
from voices.audio.errors import ChildError, ChildTimeoutError
from voices.audio.findings import Finding, Verdict
from voices.audio.report.facts import Report

logger = logging.getLogger(__name__)

# Ten minutes of 192 kHz stereo, sent as MP3, take 12 s and 300 MB; the libraries alone map 400 MB of address space.
BOUNDS = Bounds(memory_bytes=900_000_000, cpu_seconds=24, wall_seconds=45.0)


@dataclass(frozen=True, slots=True)
class Intake:
    """The result of an intake. `canonical` is None for a refused recording; so is `report`, unless it was measured.

    `container` of the file to send is "wav" or "mp3". If `is_original`, the recording is sent unchanged, and nothing
    was written.
    """

    finding: Finding
    canonical: CanonicalFacts | None = None
    report: Report | None = None
    container: str = "wav"
    is_original: bool = False


def take_in(
    path: Path,
    out: BinaryIO,
    *,
    edit: Edit = UNCHANGED,
    bounds: Bounds = BOUNDS,
    server: ForkServer = SERVER,
) -> Intake:
    """Examine the recording at `path`, and write the file to send to `out`: an empty one, at its beginning.

    The work is done in a limited child process and takes about 1 s per minute of sound. A file that no decoder reads,
    a crash and too much work also give a refused finding, and so does a machine that is too busy (`not_examined`),
    which says nothing about the file. Raise only what opening `path` and writing `out` raise.
    """
    writer = _Writer(out)
    arguments = (json.dumps(edit.to_json()),)
    try:
        answer = ask_child(
            "voices.audio.intake_main", path, bounds=bounds, arguments=arguments, out=writer, server=server
        )
        return _finished(path, writer, answer)
    except ChildTimeoutError as problem:
        logger.warning("A recording was not examined: %s", problem)
        return _refused(path, faults.NOT_EXAMINED)
    except (ChildError, KeyError, TypeError, ValueError) as problem:
        logger.warning("Examining a recording failed: %s", problem)
        return _refused(path, faults.UNREADABLE)


class _Writer:
    """Writes, hashes and counts."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, block: bytes) -> int:
        self._digest.update(block)
        self._size += len(block)
        return self.out.write(block)

    @property
    def facts(self) -> CanonicalFacts:
        return CanonicalFacts(sha256=self._digest.hexdigest(), size_bytes=self._size)


def _finished(path: Path, writer: _Writer, answer: Any) -> Intake:
    finding = Finding.from_json(answer["finding"])
    report = Report.from_json(answer["report"]) if answer["report"] else None
    if finding.verdict is not Verdict.OK:
        return Intake(finding, report=report)
    if finding.layout is None:
        return Intake(finding, writer.facts, report, answer["container"])
    container = finding.layout.container
    with path.open("rb") as source:
        if is_canonical(finding.layout, finding.size_bytes):
            digest = hashlib.file_digest(source, "sha256").hexdigest()
            return Intake(finding, CanonicalFacts(digest, finding.size_bytes), report, container, True)
        return Intake(finding, write_canonical(source, writer.out, finding.layout), report, container)


def _refused(path: Path, fault: faults.Fault) -> Intake:
    finding = Finding(Verdict.REFUSE, fault.code, "", size_bytes=path.stat().st_size)
    return Intake(faults.refuse(finding, (fault,)))
