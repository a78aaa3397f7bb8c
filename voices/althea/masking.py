"""Masks secrets in what Althea answers, wherever they stand: an API may quote what it refuses."""

import html
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from voices.kit.secret import Secret

# Shorter parts and encodings are not looked for: they could be common words.
MIN_LENGTH = 12
_ASCII_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])")
_URLSAFE = str.maketrans("+/", "-_")


def mask_json(value: Any, content: bytes, secrets: Sequence[Secret]) -> Any:
    """Return the value parsed from `content` with the secrets masked in its texts and its names."""
    return _masked(value, secrets) if _may_hold(content, secrets) else value


def mask_text(text: str, secrets: Sequence[Secret]) -> str:
    """Return the text without the secrets, whether plain or encoded for a URL, as base64 or for HTML."""
    for secret in filter(None, secrets):
        for form in _forms(secret.reveal()):
            text = text.replace(form, secret.masked)
    plain = unquote(text)
    return text if plain == text or not _holds(plain, secrets) else mask_text(plain, secrets)


def _masked(value: Any, secrets: Sequence[Secret]) -> Any:
    if isinstance(value, str):
        return mask_text(value, secrets)
    if isinstance(value, dict):
        return {mask_text(name, secrets): _masked(inner, secrets) for name, inner in value.items()}
    return [_masked(inner, secrets) for inner in value] if isinstance(value, list) else value


def _may_hold(content: bytes, secrets: Sequence[Secret]) -> bool:
    """Whether the JSON needs masking, judged as a whole: a page of 100 voices has thousands of texts."""
    if not any(secrets):
        return False
    if b"\0" in content:
        return True  # not UTF-8, so its bytes are not the characters
    text = content.decode("utf-8", "replace")
    plain = _unescaped(text)
    return _holds(plain, secrets) or _holds(unquote(plain), secrets)


def _unescaped(text: str) -> str:
    """Return JSON without the escapes of ASCII. It need not be exact: a page that seems to hold a secret is parsed."""
    for letter in '/"\\':
        text = text.replace(f"\\{letter}", letter)
    # NUL is dropped, as it is from the parsed text.
    return _ASCII_ESCAPE.sub(lambda found: chr(int(found[1], 16)).strip("\0"), text)


def _holds(text: str, secrets: Sequence[Secret]) -> bool:
    return any(form in text for secret in filter(None, secrets) for form in _forms(secret.reveal()))


def _forms(secret: str) -> Iterator[str]:
    part = secret.partition(".")[2]
    yield secret
    for text in (secret, part):
        if len(text) >= MIN_LENGTH:
            yield text
            yield html.escape(text)
            for shift in range(3):
                yield (coded := _base64(text, shift))
                yield coded.translate(_URLSAFE)


def _base64(text: str, shift: int) -> str:
    """Return the base64 characters that depend on the text alone if so many bytes stand before it."""
    content = bytes(shift) + text.encode()
    return b64encode(content).decode()[-(-8 * shift // 6) : 8 * len(content) // 6]
