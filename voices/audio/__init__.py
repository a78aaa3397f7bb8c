"""Bytes in, facts out: what a recording is, whether it can be forwarded, and what is forwarded of it.

`child.probe_in_child` examines, `canonical.write_canonical` cleans, `peaks.peaks_in_child` draws.
Everything that looks into a stranger's file runs in a limited child process; nothing is imported here,
because that child pays for every import (0.1 s is all it may take).
"""
