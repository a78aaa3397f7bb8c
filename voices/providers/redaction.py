"""Keeps providers' secrets out of what people see: by the name they stand under, by their form, and in addresses.

Hiding too much costs a reader one word; hiding too little costs somebody a key. So names are compared by parts
("monkey" is hidden too), and an address loses every value of its query, whatever it is called.
Every pattern is linear in the text (possessive, anchored by a look-behind): a hostile definition costs no time.
"""

import re
import unicodedata
from urllib.parse import parse_qsl, quote, urlsplit

from voices.kit.secret import looks_like_key

HIDDEN = "Hidden"

_SECRET_PARTS = (
    "apikey", "auth", "bearer", "cookie", "credential", "header", "jwt", "key", "passphrase", "passwd", "password",
    "private", "pwd", "secret", "session", "signature", "token",
)  # fmt: skip
# Forms that vendors document: OpenAI and ElevenLabs, GitHub, Google, AWS, Slack, and any JSON web token.
_SECRET_STARTS = ("sk-", "sk_", "pk_", "xi-", "ghp_", "AIza", "AKIA", "xoxb-", "eyJ")
_SHORTEST_BY_START = 16
_SHORTEST_OPAQUE = 32

_ADDRESS = re.compile(r"(?<![\w+.-])([A-Za-z][A-Za-z0-9+.-]*+://[^\s\"'<>]++)")
_SCHEME = re.compile(r"\b(Bearer|Basic|Digest)\s++[^\s\"']{8,}+", re.IGNORECASE)
_PAIR = re.compile(r"(?<![\w-])([\w-]++)([\"']?+\s*+[:=]\s*+[\"']?+)([^\"'&;,}\n]++)")
_RUN = re.compile(r"[\w+/=~.-]{16,}+", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether a value under this name is likely a secret, whatever its case, separators or letter forms."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    letters = "".join(letter for letter in plain if letter.isalnum())
    return letters == "sig" or any(part in letters for part in _SECRET_PARTS)


def hide_in_text(text: str, *, is_known: bool = False) -> str:
    """The text with whatever looks like a secret replaced; `is_known` settings may hold long opaque ids."""
    pieces = _ADDRESS.split(text)  # every second one is an address
    pieces[0::2] = [_hide_in_plain(piece, is_known=is_known) for piece in pieces[0::2]]
    pieces[1::2] = [hide_in_address(piece) for piece in pieces[1::2]]
    return "".join(pieces)


def hide_in_address(address: str) -> str:
    """The address without login, fragment and the values of its query; wholly hidden if it cannot be read."""
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
    by_start = word.startswith(_SECRET_STARTS) and len(word) >= _SHORTEST_BY_START
    if by_start or looks_like_key(word.strip("./=")):
        return True
    if is_known or len(word) < _SHORTEST_OPAQUE or _UUID.fullmatch(word):
        return False
    return any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
