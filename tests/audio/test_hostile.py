"""The hostile corpus: each file gets its finding, quickly, and a sentence."""

import io
import re
import time

import pytest

from tests import sounds
from tests.audio.bombs import BOMBS
from tests.audio.probes import examined, probed
from voices.audio.findings import Finding, Verdict
from voices.audio.intake import take_in
from voices.audio.probe import probe

JARGON = re.compile(r"codec|container|riff|chunk|xing|exception|error|none|demux", re.IGNORECASE)
DEEDS = re.compile(r"\b(Choose|Record|Copy|Cut|Check|Save)\b")


@pytest.mark.parametrize("name", sounds.HOSTILE)
def test_each_hostile_file_gets_its_code_and_a_sentence(name) -> None:
    make, code = sounds.HOSTILE[name]
    content = make()
    began = time.process_time()
    probed(content)
    assert time.process_time() - began < 1  # measured: 0.13 s at most
    finding = examined(content).finding
    assert finding.code == code
    assert finding.message.endswith(".")
    assert not JARGON.search(finding.message)
    assert (finding.verdict is Verdict.OK) == (code == "ok")
    assert finding.verdict is Verdict.OK or DEEDS.search(finding.message)
    assert Finding.from_json(finding.to_json()) == finding


def test_above_50_mb_nothing_is_read() -> None:
    closed = io.BytesIO()
    closed.close()
    [fault] = probe(closed, 60_000_000).faults
    assert (fault.code, fault.fact) == ("too_big", "This file is 60.0 MB; at most 50 MB can be used.")


@pytest.mark.parametrize("name", BOMBS)
def test_a_million_tags_or_boxes_are_bounded_work(name, tmp_path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[name](4_900_000))
    intake = take_in(path, io.BytesIO())
    assert intake.finding.message
    assert intake.finding.code != "not_examined"
