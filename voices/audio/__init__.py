"""Examines recordings: what a file is, whether it can be forwarded, and which bytes of it.

`child.probe_in_child` examines, `canonical.write_canonical` strips metadata, `peaks.peaks_in_child` computes the
waveform. Everything that parses an untrusted file runs in a limited child process. Nothing is imported here,
because that child pays for every import (its budget is 0.1 s).
"""
