"""How a list is walked, page after page, without trust: it may repeat itself, not end, or name things twice."""

from dataclasses import dataclass, field

from voices.althea import GarbledAnswerError, Voice, VoicePage
from voices.models import Ownership, Scope

MAX_PAGES = 1_000
# A page may hold nothing new while rows shift under the cursor; three in a row are a circle.
MAX_BARREN = 3
CIRCLE = "Althea's list of voices goes round in circles, so it was not read to its end. Nothing was marked as gone."
ENDLESS = f"Althea's list of voices does not end after {MAX_PAGES} pages. Nothing was marked as gone."


@dataclass
class RemoteListing:
    """What was seen of one list so far: ids only, so that memory stays flat whatever a voice weighs."""

    scope: Scope
    most_pages: int = MAX_PAGES
    seen: set[str] = field(default_factory=set)
    skipped: int = 0
    pages: int = 0
    total: int | None = None
    _cursors: set[str] = field(default_factory=set)
    _barren: int = 0

    def take(self, page: VoicePage) -> list[Voice]:
        """The page's voices of this scope that were not named before, in their order."""
        fresh: dict[str, Voice] = {}
        for voice in page.voices:
            if voice.voice_id not in self.seen:
                fresh.setdefault(voice.voice_id, voice)
        self._barren = 0 if fresh else self._barren + 1
        self.seen.update(fresh)
        self.skipped += page.skipped
        self.pages += 1
        self.total = page.total
        # A server that ignores the filter must not have its catalogue taken for the account's own voices.
        return [voice for voice in fresh.values() if self._is_ours(voice)]

    def _is_ours(self, voice: Voice) -> bool:
        return (voice.ownership == Ownership.PUBLIC) == (self.scope == Scope.PUBLIC)

    def next_cursor(self, page: VoicePage) -> str | None:
        """Where the next page starts; None at the end. Raises GarbledAnswerError where there is none to come to."""
        cursor = page.next_cursor
        if cursor is None:
            return None
        if cursor in self._cursors or self._barren >= MAX_BARREN:
            raise GarbledAnswerError(CIRCLE)
        if self.pages >= self.most_pages:
            raise GarbledAnswerError(ENDLESS)
        self._cursors.add(cursor)
        return cursor

    @property
    def doubt(self) -> str:
        """Why absence from this list proves nothing; "" where it does."""
        if self.skipped:
            return f"{self.skipped} of Althea's entries could not be read, so nothing was marked as gone."
        if self.total is not None and self.total > len(self.seen):
            return "Althea's list named fewer voices than it counts, so nothing was marked as gone."
        return ""
