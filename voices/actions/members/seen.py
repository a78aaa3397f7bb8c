"""The time at which members were last seen."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Q

from voices.models import Membership

logger = logging.getLogger(__name__)
SEEN_EVERY = timedelta(minutes=5)


def mark_seen(*, member: Membership, now: datetime) -> bool:
    """Record that the member opened a page, at most every five minutes. Return whether it was written.

    A failure to write is ignored: pages stay readable on a read-only database.
    """
    if member.last_seen_at is not None and now - member.last_seen_at < SEEN_EVERY:
        return False
    stale = Q(last_seen_at=None) | Q(last_seen_at__lte=now - SEEN_EVERY)
    try:
        return bool(Membership.objects.filter(stale, pk=member.pk).update(last_seen_at=now))
    except DatabaseError as problem:
        logger.warning("When %s was last seen could not be stored: %s", member.pk, problem)
        return False
