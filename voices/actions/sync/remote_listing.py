"""Validation of a paged list of voices, which may loop, never end, or contain a voice twice."""

from dataclasses import dataclass, field

from voices.althea import GarbledAnswerError, Voice, VoicePage
from voices.models import Ownership, Scope

MAX_PAGES = 1_000
# One page may have nothing new if rows shift under the cursor; three in a row are a loop.
MAX_STALE_PAGES = 3
LOOP = "Althea's list of voices repeats itself, so we couldn't read all of it. Nothing was marked as missing."
ENDLESS = (
    f"Althea's list of voices has more than {MAX_PAGES} pages, so we couldn't read all of "
    "it. Nothing was marked as missing."
)


@dataclass
class RemoteListing:
    """The state of reading one list: only ids, so that memory does not grow with the size of the voices."""

    scope: Scope
    max_pages: int = MAX_PAGES
    seen: set[str] = field(default_factory=set)
    skipped: int = 0
    pages: int = 0
    total: int | None = None
    _cursors: set[str] = field(default_factory=set)
    _stale_pages: int = 0

    def add_page(self, page: VoicePage) -> list[Voice]:
        """Add a page. Return its voices of this scope that were not seen before, in their order."""
        fresh: dict[str, Voice] = {}
        for voice in page.voices:
            if voice.voice_id not in self.seen:
                fresh.setdefault(voice.voice_id, voice)
        self._stale_pages = 0 if fresh else self._stale_pages + 1
        self.seen.update(fresh)
        self.skipped += page.skipped
        self.pages += 1
        self.total = page.total
        # If a server ignores the filter, its catalogue must not be taken for the account's own voices.
        return [voice for voice in fresh.values() if self._is_in_scope(voice)]

    def _is_in_scope(self, voice: Voice) -> bool:
        return (voice.ownership == Ownership.PUBLIC) == (self.scope == Scope.PUBLIC)

    def next_cursor(self, page: VoicePage) -> str | None:
        """Return where the next page starts; None at the end. Raises GarbledAnswerError if the list would not end."""
        cursor = page.next_cursor
        if cursor is None:
            return None
        if cursor in self._cursors or self._stale_pages >= MAX_STALE_PAGES:
            raise GarbledAnswerError(LOOP)
        if self.pages >= self.max_pages:
            raise GarbledAnswerError(ENDLESS)
        self._cursors.add(cursor)
        return cursor

    @property
    def doubt(self) -> str:
        """Why absence from this list does not prove that a voice is gone; "" if it does."""
        if self.skipped:
            return f"{self.skipped} of Althea's entries could not be read, so nothing was marked as missing."
        if self.total is not None and self.total > len(self.seen):
            return "Althea's list has fewer voices than its total says, so nothing was marked as missing."
        return ""
