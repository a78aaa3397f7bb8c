"""Announcing a change of voices: whatever is derived from them is brought up to date, or marked stale."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F

from voices.actions.voice.search_text import refresh_search
from voices.models import Team


def voices_changed(team_id: UUID, *, reworded: Iterable[UUID] = ()) -> None:
    """Announce a change that the team's lists of voices may show; call it last in the change's transaction.

    `reworded` are the voices whose name, description, provider, owner, tags or aliases changed: their search text
    is written anew. The counts beside the filters are cached by the revision that this counts up. A favourite is
    its owner's alone and no change of the library: it is not announced.
    """
    refresh_search(reworded)
    Team.objects.filter(pk=team_id).update(library_revision=F("library_revision") + 1)
