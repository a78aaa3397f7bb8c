"""The child process of `take_in`: standard input is the file, the argument an edit, the answer what was found."""

import io
import json
import os
import sys
from collections.abc import Sequence

import numpy as np

from voices.audio.answers import write_answer
from voices.audio.edits import Edit
from voices.audio.encode import encode
from voices.audio.examine import examine
from voices.audio.riff import wav_header


def main(arguments: Sequence[str]) -> None:
    """Answer the finding and the report on standard input, and the file to send, if that is a new one."""
    file = sys.stdin.buffer
    # By seeking: `fstat` is a call that takes paths as well, which this process may no longer make.
    size = file.seek(0, os.SEEK_END)
    done = examine(file, size, edit=Edit.from_json(json.loads(arguments[0])))
    report = done.report.to_json() if done.report else None
    answer = {"finding": done.finding.to_json(), "report": report}
    write_answer(answer, () if done.mono is None else encode(done.mono))
