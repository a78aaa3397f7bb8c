"""How this folder's tests examine bytes."""

import io

from voices.audio.findings import Finding, Verdict
from voices.audio.probe import probe


def check_secret(content: bytes) -> Finding:
    """The finding for these bytes."""
    return probe(io.BytesIO(content), len(content)).finding


def verdict_and_code(content: bytes) -> tuple[Verdict, str]:
    """The two machine parts of the finding for these bytes."""
    finding = check_secret(content)
    return finding.verdict, finding.code
