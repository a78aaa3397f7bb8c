"""Every limit on recordings, with its source."""

FORWARD_BYTES = 10_000_000  # Althea's limit for one sample (`createVoice` in the API document)
INPUT_BYTES = 50_000_000  # ours: larger files are not examined
MIN_SECONDS = 10.0  # ours: less is too little to clone a voice from
MAX_SECONDS = 300.0  # ours: Althea recommends 30-60 s, more only costs upload time

MAX_RIFF_CHUNKS = 256  # 600,000 empty chunks cost mutagen 12 s; real files have fewer than 20
# Programs that write to a pipe leave a length like this (ffmpeg 0xFFFFFFFF, sox and espeak-ng 0x7FFFF000).
STREAMED_DATA_BYTES = 0x7FFFF000
MAX_WAV_CHANNELS = 8
MIN_HEADER_RATE, MAX_HEADER_RATE = 4_000, 384_000  # outside of these the header is invalid
MIN_RATE, MAX_RATE = 16_000, 48_000  # forwarded unchanged

MIN_FRAMES = 10  # fewer MP3 frames (0.26 s) appear by chance in other files
SYNC_WINDOW_BYTES = 1_000_000  # where the first MP3 frame must be; mutagen gives up there too
SYNC_TRIES = 1_500  # candidates tried
MAX_TAG_BYTES = 1_000_000
MAX_LEAD_BYTES = 4_096  # between the tags and the first frame
JUNK_FLOOR_BYTES = 4_096
JUNK_SHARE = 0.02  # of the file, between frames
MAX_JUNK_PLACES = 1_000  # bounds the ranges of a Layout
FULL_SHARE = 0.98  # of the announced frames must be present
