"""Hides provider secrets from people: by the name of a value, by its form, and in URLs.

Hiding too much costs a reader one word; hiding too little costs somebody a key. So names match by substring
("monkey" is hidden too), and a URL loses every query value, whatever its name.
Every pattern is linear in the text (possessive, anchored by a look-behind), so a hostile definition costs no time.
"""

import re
import unicodedata
from urllib.parse import parse_qsl, quote, urlsplit

from voices.kit.secret import looks_like_key

HIDDEN = "Hidden"
MARKER = "sealed:"  # begins what stands for a secret that is sealed elsewhere

_SECRET_PARTS = (
    "apikey", "auth", "bearer", "cookie", "credential", "header", "jwt", "key", "passphrase", "passwd", "password",
    "private", "pwd", "secret", "session", "signature", "token",
)  # fmt: skip
# Prefixes that vendors document: OpenAI and ElevenLabs, GitHub, Google, AWS, Slack, and any JSON web token.
_SECRET_PREFIXES = ("sk-", "sk_", "pk_", "xi-", "ghp_", "AIza", "AKIA", "xoxb-", "eyJ")
_MIN_PREFIXED_LENGTH = 16
_MIN_OPAQUE_LENGTH = 32

_ADDRESS = re.compile(r"(?<![\w+.-])([A-Za-z][A-Za-z0-9+.-]*+://[^\s\"'<>]++)")
_SCHEME = re.compile(r"\b(Bearer|Basic|Digest)\s++[^\s\"']{8,}+", re.IGNORECASE)
_PAIR = re.compile(r"(?<![\w-])([\w-]++)([\"']?+\s*+[:=]\s*+[\"']?+)([^\"'&;,}\n]++)")
_RUN = re.compile(r"[\w+/=~.-]{16,}+", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether a value of this name is probably a secret, whatever the case, separators or letter forms."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    letters = "".join(letter for letter in plain if letter.isalnum())
    return letters == "sig" or any(part in letters for part in _SECRET_PARTS)


def hide_in_text(text: str, *, is_known: bool = False) -> str:
    """Return the text with everything that looks like a secret hidden; `is_known` allows long opaque IDs."""
    if text.startswith(MARKER):
        return HIDDEN
    pieces = _ADDRESS.split(text)  # every second piece is a URL
    pieces[0::2] = [_hide_in_plain(piece, is_known=is_known) for piece in pieces[0::2]]
    pieces[1::2] = [hide_in_address(piece) for piece in pieces[1::2]]
    return "".join(pieces)


def hide_in_address(address: str) -> str:
    """Return the URL without login, fragment and query values; completely hidden if it cannot be parsed."""
    try:
        parts = urlsplit(address)
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)]
    except ValueError:
        return HIDDEN
    path = "/".join(_hide_in_plain(segment, is_known=False) for segment in parts.path.split("/"))
    query = "&".join(
        f"{quote(_hide_in_plain(name, is_known=False), errors='replace')}={HIDDEN}" for name in names
    )
    origin = (f"{parts.scheme}:" if parts.scheme else "") + (
        f"//{_host(parts.netloc)}" if parts.netloc else ""
    )
    tail = (f"?{query or HIDDEN}" if parts.query else "") + (f"#{HIDDEN}" if parts.fragment else "")
    return f"{origin}{path}{tail}"


def has_secret_in_address(address: str) -> bool:
    """Whether a URL probably holds a secret: a login, or a query value with the name or form of one."""
    try:
        parts = urlsplit(address)
        query = parse_qsl(parts.query, max_num_fields=50)
    except ValueError:
        return True
    return "@" in parts.netloc or any(
        is_secret_name(name) or hide_in_text(value) != value for name, value in query
    )


def _host(netloc: str) -> str:
    login, _, host = netloc.rpartition("@")
    return f"{HIDDEN}@{host}" if login else host


def _hide_in_plain(text: str, *, is_known: bool) -> str:
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    text = _PAIR.sub(_hide_pair, text)
    return _RUN.sub(lambda found: HIDDEN if _is_secret(found[0], is_known=is_known) else found[0], text)


def _hide_pair(found: re.Match[str]) -> str:
    name, between, _ = found.groups()
    return f"{name}{between}{HIDDEN}" if is_secret_name(name) else found[0]


def _is_secret(word: str, *, is_known: bool) -> bool:
    has_prefix = word.startswith(_SECRET_PREFIXES) and len(word) >= _MIN_PREFIXED_LENGTH
    if has_prefix or looks_like_key(word.strip("./=")):
        return True
    if is_known or len(word) < _MIN_OPAQUE_LENGTH or _UUID.fullmatch(word):
        return False
    return any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
