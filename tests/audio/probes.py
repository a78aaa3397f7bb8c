"""How this folder's tests examine bytes: in this process, without the limits of a child."""

import io

from voices.audio.edits import UNCHANGED, Edit
from voices.audio.examine import Examined, examine
from voices.audio.header import Header
from voices.audio.probe import probe


def probed(content: bytes) -> Header:
    """What the structure of these bytes tells."""
    return probe(io.BytesIO(content), len(content))


def fault_of(content: bytes) -> str:
    """The code of the first fault of their structure, or "ok"."""
    found = probed(content).faults
    return found[0].code if found else "ok"


def examined(content: bytes, edit: Edit = UNCHANGED) -> Examined:
    """What these bytes are found to be, from the first to the report."""
    return examine(io.BytesIO(content), len(content), edit=edit)
