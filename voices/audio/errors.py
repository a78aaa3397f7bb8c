"""What can go wrong while a recording is read.

AudioError
+-- ChangedError    the file is no longer the one that was examined
+-- ChildError      the limited child process gave no usable answer
"""


class AudioError(Exception):
    """Base of this room's errors; the text is a sentence for people."""


class ChangedError(AudioError):
    """The file no longer holds the bytes that its layout names."""


class ChildError(AudioError):
    """The limited child process crashed, ran out of time or memory, or answered nonsense."""
