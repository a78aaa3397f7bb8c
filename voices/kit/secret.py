"""A value that must never be printed, such as an Althea key between form, storage and request.

`repr(httpx.Headers)` prints `x-api-key` in clear and a traceback page prints local variables (both measured),
so a key travels as a `Secret` and becomes text only at the call of `reveal()`.
"""

import hmac
import re
from typing import NoReturn

PREFIX_LENGTH = 8
TAIL_LENGTH = 4

# Form of the keys that Althea documents: 8 characters shown as the prefix, a dot, 32 characters.
_KEY_FORM = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", re.ASCII)

# Below this length, prefix and tail would reveal most of the value.
_MIN_SHOWN_LENGTH = 2 * (PREFIX_LENGTH + TAIL_LENGTH)


def looks_like_key(value: str) -> bool:
    """Whether the text has the form of an Althea key: 8 letters or digits, a dot, 32 more."""
    return _KEY_FORM.fullmatch(value) is not None


class Secret:
    """A value that is masked everywhere except in `reveal()`."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the plain value. This is the only access to it."""
        return self.__value

    @property
    def prefix(self) -> str:
        """First 8 characters, the part that Althea itself displays; "" for a short value."""
        return self.__value[:PREFIX_LENGTH] if self._is_long else ""

    @property
    def last4(self) -> str:
        """Last 4 characters; "" for a short value."""
        return self.__value[-TAIL_LENGTH:] if self._is_long else ""

    @property
    def masked(self) -> str:
        """Prefix, ellipsis and last 4; a short value is masked completely."""
        return f"{self.prefix}…{self.last4}"

    @property
    def _is_long(self) -> bool:
        return len(self.__value) >= _MIN_SHOWN_LENGTH

    def __repr__(self) -> str:
        return f"Secret({self.masked})"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        # compare_digest runs in constant time.
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self), _bytes(other))

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret cannot be pickled.")

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self


def _bytes(secret: Secret) -> bytes:
    # surrogatepass: any str can be compared, even one that is not valid UTF-8.
    return secret.reveal().encode("utf-8", "surrogatepass")
