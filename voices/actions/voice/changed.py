"""Announcing a change of voices: everything derived from them is updated or marked stale."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F

from voices.actions.voice.search_text import refresh_search
from voices.models import Team


def voices_changed(team_id: UUID, *, reworded: Iterable[UUID] = ()) -> None:
    """Announce a change that lists of the team's voices may show; call it last in the change's transaction.

    `reworded` are voices whose name, description, provider, owner, tags or aliases changed, so that their search text
    is rewritten. The library revision is incremented, which invalidates the cached counts. A favourite concerns only
    its owner and is not announced.
    """
    refresh_search(reworded)
    Team.objects.filter(pk=team_id).update(library_revision=F("library_revision") + 1)
