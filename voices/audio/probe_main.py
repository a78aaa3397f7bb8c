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
    finding = probe(file, os.fstat(file.fileno()).st_size)
    sys.stdout.write(json.dumps(finding.to_json()))
