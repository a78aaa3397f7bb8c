"""Errors while a recording is read.

AudioError
+-- ChangedError    the file is no longer the one that was examined
+-- ChildError      the limited child process gave no usable result
    +-- ChildTimeoutError   it gave none in time, on a machine that is busy
"""


class AudioError(Exception):
    """Base of the errors of this package; the text is a sentence for people."""


class ChangedError(AudioError):
    """The file no longer has the bytes that its layout names."""


class ChildError(AudioError):
    """The limited child process crashed, exceeded its time or memory, or printed invalid JSON."""


class ChildTimeoutError(ChildError):
    """The child has not responded in time because the machine is busy: its processor time has a limit of its own."""
