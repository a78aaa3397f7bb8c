"""That a voice was heard, for the order by last played."""

from datetime import datetime, timedelta

from django.db.models import Q

from voices.access import Verb, require
from voices.models import Membership, Voice

ONCE_IN = timedelta(minutes=1)


def note_play(*, member: Membership, voice: Voice, now: datetime) -> bool:
    """Whether this play was written down: once a minute a voice, as a player asks for its bytes in parts.

    No audit line and no new version: hearing a voice changes nothing that people wrote.
    """
    require(member, Verb.SEE_LIBRARY)
    if voice.played_at is not None and now - voice.played_at < ONCE_IN:
        return False
    earlier = Q(played_at=None) | Q(played_at__lte=now - ONCE_IN)
    rows = Voice.objects.of_team(member.team).filter(earlier, pk=voice.pk)
    return bool(rows.update(played_at=now))
