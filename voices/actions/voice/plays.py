"""That a voice was heard, for the order by last played."""

from datetime import datetime, timedelta

from voices.access import Verb, require
from voices.models import Membership, Voice

ONCE_IN = timedelta(minutes=1)


def record_play(*, member: Membership, voice: Voice, now: datetime) -> bool:
    """Whether this play was written down: once a minute a voice, as a player asks for its bytes in parts.

    No audit line and no new version: hearing a voice changes nothing that people wrote.
    """
    require(member, Verb.SEE_LIBRARY)
    if now - voice.played_at < ONCE_IN:
        return False
    # The condition is the lock: of two players that ask at once, one writes.
    rows = Voice.objects.of_team(member.team).filter(pk=voice.pk, played_at__lte=now - ONCE_IN)
    return bool(rows.update(played_at=now))
