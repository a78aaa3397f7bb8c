"""The hostile corpus: each file gets its finding, quickly, and a sentence."""

import io
import re
import time

import pytest

from tests import sounds
from tests.audio.probes import check_secret
from voices.audio.findings import Finding, Verdict
from voices.audio.probe import probe

JARGON = re.compile(r"codec|container|riff|chunk|xing|exception|error|none|mutagen", re.IGNORECASE)
DEEDS = re.compile(r"\b(Choose|Export|Record|Copy|copy|Cut|Open|Remove|Shorten)\b")


@pytest.mark.parametrize("name", sounds.HOSTILE)
def test_each_hostile_file_gets_its_code_and_a_sentence(name) -> None:
    make, code = sounds.HOSTILE[name]
    content = make()
    began = time.process_time()
    finding = check_secret(content)
    assert time.process_time() - began < 1  # measured: 25 ms at most; mutagen.File needs minutes for some
    assert finding.code == code
    assert re.match("This |Parts of this ", finding.message)
    assert finding.message.endswith(".")
    assert not JARGON.search(finding.message)
    assert (finding.verdict is Verdict.OK) == (finding.layout is not None)
    assert Finding.from_json(finding.to_json()) == finding


@pytest.mark.parametrize("name", [name for name, (_, code) in sounds.HOSTILE.items() if code != "ok"])
def test_each_refusal_says_what_to_do(name) -> None:
    make, _ = sounds.HOSTILE[name]
    assert DEEDS.search(check_secret(make()).message)


def test_above_50_mb_nothing_is_read() -> None:
    closed = io.BytesIO()
    closed.close()
    finding = probe(closed, 60_000_000)
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, "too_big")
    assert "60.0 MB; at most 10 MB" in finding.message
