"""Recording that a voice was played: for sorting by last play, and for the dashboard."""

from datetime import datetime, timedelta

from django.db import transaction

from voices.access import Verb, require
from voices.models import DailyPlays, Membership, Voice

MIN_INTERVAL = timedelta(minutes=1)


def record_play(*, member: Membership, voice: Voice, now: datetime) -> bool:
    """Record a play, at most once a minute: a player requests the audio in parts. Return whether it was recorded.

    It makes no audit entry and no new version, since playing a voice changes nothing that people wrote.
    """
    require(member, Verb.SEE_LIBRARY)
    if now - voice.played_at < MIN_INTERVAL:
        return False
    # The condition is the lock: of two players at once, one writes.
    rows = Voice.objects.of_team(member.team).filter(pk=voice.pk, played_at__lte=now - MIN_INTERVAL)
    with transaction.atomic():
        if not rows.update(played_at=now):
            return False
        DailyPlays.objects.add(1, team=member.team, voice=voice, day=now.date())
    return True
