"""Intake of recordings: what a file is, what will be sent of it, and how well it will clone.

`intake.take_in` examines and converts, `peaks.peaks_in_child` computes the waveform of a preview. Everything that
parses an untrusted file runs in a limited child process. Nothing is imported here, because that child pays for every
import.
"""
