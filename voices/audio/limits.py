"""Every limit on recordings, with its source."""

FORWARD_BYTES = 10_000_000  # Althea's limit for one sample (`createVoice` in the API document)
INPUT_BYTES = 50_000_000  # ours: larger files are not examined
MIN_SECONDS = 10.0  # ours: less is too little to clone a voice from
MAX_SECONDS = 600.0  # ours: Althea recommends 30-60 s, the best part of a longer one can be chosen
MP3_BIT_RATE = 128_000  # bit/s for one channel: 10 minutes are 9.6 MB

MAX_RIFF_CHUNKS = 10_000  # before the samples, 10 ms; real files have fewer than 20
MAX_JOINED = 1_000  # WAVs in one file
MAX_WAV_CHANNELS = 64
MIN_HEADER_RATE, MAX_HEADER_RATE = 4_000, 384_000  # outside of these the header is invalid
MIN_RATE, MAX_RATE = 16_000, 48_000  # forwarded unchanged

MAX_TAGS = 100  # in a row, before or behind an MP3's frames; more are passed over like other data
MIN_FRAMES = 10  # fewer MP3 frames (0.26 s) appear by chance in other files
SYNC_TRIES = 100_000  # places where the first MP3 frame may be; 50 ms
LARGE_TAG_BYTES = 100_000  # from here on, tags are mentioned
JUNK_FLOOR_BYTES = 4_096
JUNK_SHARE = 0.02  # of the file, between frames, or of the packets that a decoder refuses
FEW_ERRORS = 3  # packets: the first ones of a recording cut from a stream
MAX_JUNK_PLACES = 1_000  # bounds the ranges of a Layout
FULL_SHARE = 0.98  # of the announced frames must be present


def is_truncated(seconds: float, *, of: float) -> bool:
    """Whether a relevant part is missing: more than 2 % and more than 0.5 s."""
    return of - seconds > max(0.5, 0.02 * of)
