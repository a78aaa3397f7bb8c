"""Every number that decides about a recording, with where it comes from."""

FORWARD_BYTES = 10_000_000  # Althea's limit for one sample (API contract)
INPUT_BYTES = 50_000_000  # ours: what is looked at at all
MIN_SECONDS = 10.0  # ours: below this there is too little voice to copy
MAX_SECONDS = 300.0  # ours: Althea recommends 30-60 s, more only costs upload time

MAX_RIFF_CHUNKS = 256  # 600,000 empty chunks cost mutagen 12 s; real files have fewer than 20
# Programs that write to a pipe leave a length like this (ffmpeg 0xFFFFFFFF, sox and espeak-ng 0x7FFFF000).
STREAMED_DATA_BYTES = 0x7FFFF000
MAX_WAV_CHANNELS = 8
MIN_HEADER_RATE, MAX_HEADER_RATE = 4_000, 384_000  # outside: the header is nonsense
MIN_RATE, MAX_RATE = 16_000, 48_000  # what is forwarded as it is

MIN_FRAMES = 10  # fewer MP3 frames (0.26 s) appear by chance in other files
SYNC_WINDOW_BYTES = 1_000_000  # how far a first MP3 frame is looked for; mutagen gives up there too
SYNC_TRIES = 1_500  # and how many places that resemble one are tried
MAX_TAG_BYTES = 1_000_000
MAX_LEAD_BYTES = 4_096  # between the tags and the first frame
JUNK_FLOOR_BYTES = 4_096
JUNK_SHARE = 0.02  # of the file, between frames
MAX_JUNK_PLACES = 1_000  # bounds the list of ranges that a Layout holds
FULL_SHARE = 0.98  # frames present of frames announced
