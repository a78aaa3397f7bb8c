"""Limits on concurrent uploads, since each takes disk space until it is complete."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from voices.web.guard.refusals import RETRY_SOON, Refusal

BUSY_SESSION = Refusal(
    429,
    "Too many uploads at once",
    "You're already sending as many recordings as you can. Wait until one is done, then send this one again.",
    RETRY_SOON,
)
BUSY_LINK = Refusal(
    429,
    "A recording is already on its way",
    "A recording is already being sent with this link. Wait until it has arrived or stopped, then try again.",
    RETRY_SOON,
)
BUSY_ADDRESS = Refusal(
    429,
    "Too many uploads at once",
    "Too many recordings are being sent from your network. Nothing was saved. Try again in a minute.",
    RETRY_SOON,
)
BUSY_SERVER = Refusal(
    503,
    "Too many uploads at once",
    "Voice Studio is receiving as many recordings as it can. Nothing was saved. Try again in a minute.",
    RETRY_SOON,
)


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """The maximum numbers of concurrent uploads in one web process. Browsers open six connections to a site."""

    per_session: int = 6
    per_link: int = 1
    per_address: int = 32
    in_all: int = 64
    bytes_in_all: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload in progress, by a session or a speaker's link; `size` is the declared one."""

    sender: str
    address: str
    size: int
    is_by_link: bool = False


class Uploads:
    """The uploads in progress in this process."""

    def __init__(self, limits: UploadLimits) -> None:
        self._limits = limits
        self._under_way: list[Upload] = []

    def refusal_of(self, upload: Upload) -> Refusal | None:
        """Return the refusal if this upload exceeds a limit, else None."""
        limits, others = self._limits, self._under_way
        by_link = upload.is_by_link
        most, busy = (limits.per_link, BUSY_LINK) if by_link else (limits.per_session, BUSY_SESSION)
        if sum(one.sender == upload.sender for one in others) >= most:
            return busy
        if sum(one.address == upload.address for one in others) >= limits.per_address:
            return BUSY_ADDRESS
        if (
            len(others) >= limits.in_all
            or sum(one.size for one in others) + upload.size > limits.bytes_in_all
        ):
            return BUSY_SERVER
        return None

    @contextmanager
    def counted(self, upload: Upload) -> Iterator[None]:
        """Count the upload while the block runs."""
        self._under_way.append(upload)
        try:
            yield
        finally:
            self._under_way.remove(upload)
