"""The child process of `probe_in_child`: standard input is the file, standard output the finding."""

import json
import os
import sys
from collections.abc import Sequence

from voices.audio.probe import probe


def main(arguments: Sequence[str]) -> None:
    """Print the finding for standard input as one line of JSON."""
    del arguments  # no options; `ask_child` calls every module alike
    file = sys.stdin.buffer
    # By seeking: `fstat` is a call that takes paths as well, which this process may no longer make.
    finding = probe(file, file.seek(0, os.SEEK_END))
    sys.stdout.write(json.dumps(finding.to_json()))
