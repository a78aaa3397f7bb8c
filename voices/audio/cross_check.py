"""A cross-check of files that are sent unchanged: mutagen, whose code is independent of ours, must read the same.

It gets the canonical file, which holds no tags, and reads its stream information only (`MPEGInfo`, `WaveStreamInfo`):
`mutagen.File()` parses tags, and crafted tags keep it busy for minutes.
"""

import io
import logging
import math
from typing import BinaryIO

from mutagen.mp3 import MPEGInfo
from mutagen.wave import WaveStreamInfo

from voices.audio.canonical import write_canonical
from voices.audio.findings import Finding, Layout

logger = logging.getLogger(__name__)


def confirms(file: BinaryIO, layout: Layout, finding: Finding) -> bool:
    """Whether mutagen reads the same in the canonical form of `file` as we do, so that other readers probably do."""
    canonical = io.BytesIO()
    write_canonical(file, canonical, layout)
    canonical.seek(0)
    try:
        info = (MPEGInfo if layout.container == "mp3" else WaveStreamInfo)(canonical)
    except Exception:
        # Its own errors and anything else that a hostile header provokes: then it does not read the same.
        logger.info("mutagen cannot read the canonical file", exc_info=True)
        return False
    if (info.sample_rate, info.channels) != (finding.rate, finding.channels):
        return False
    # mutagen estimates the length of an MP3 without an index by its first frame; ours is counted.
    return layout.container == "mp3" or math.isclose(info.length, finding.seconds or 0.0, abs_tol=0.01)
