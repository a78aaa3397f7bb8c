"""The search text of voices. Call these functions in the transaction that changed it."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from voices.models import User, Voice, search_text

BATCH = 500
READ = ("pk", "name", "description", "provider", "search_text", "added_by__name", "added_by__email")


def text_of(voice: Voice) -> str:
    """Return the voice's search text; prefetch its `added_by`, `tags` and `aliases`."""
    return search_text(
        name=voice.name,
        description=voice.description,
        provider=voice.provider,
        owner=voice.added_by.shown_name if voice.added_by else "",
        tags=[tag.name for tag in voice.tags.all()],
        aliases=[alias.name for alias in voice.aliases.all()],
    )


def refresh_search(voice_ids: Iterable[UUID]) -> int:
    """Rewrite the search texts that are out of date. Return how many; at most five queries per 500 voices."""
    ids, changed = list(voice_ids), 0
    for start in range(0, len(ids), BATCH):
        changed += _refresh(Voice.objects.filter(pk__in=ids[start : start + BATCH]))
    return changed


def refresh_search_of(user: User) -> int:
    """Rewrite the search texts of a person's voices after their name changed. Return how many."""
    return refresh_search(Voice.objects.filter(added_by=user).values_list("pk", flat=True))


def _refresh(voices: QuerySet[Voice]) -> int:
    stale = []
    for voice in voices.select_related("added_by").prefetch_related("tags", "aliases").only(*READ):
        if (text := text_of(voice)) != voice.search_text:
            voice.search_text = text
            stale.append(voice)
    Voice.objects.bulk_update(stale, ["search_text"], batch_size=BATCH)
    return len(stale)
