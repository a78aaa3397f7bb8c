"""When members were last here."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Q

from voices.models import Membership

logger = logging.getLogger(__name__)
SEEN_EVERY = timedelta(minutes=5)


def mark_seen(*, member: Membership, now: datetime) -> bool:
    """Note that the member opened a page, with at most one write in five minutes. Return whether it was written.

    A page that can be read is shown also where nothing can be written.
    """
    if member.last_seen_at is not None and now - member.last_seen_at < SEEN_EVERY:
        return False
    stale = Q(last_seen_at=None) | Q(last_seen_at__lte=now - SEEN_EVERY)
    try:
        return bool(Membership.objects.filter(stale, pk=member.pk).update(last_seen_at=now))
    except DatabaseError as problem:
        logger.warning("When %s was last seen could not be stored: %s", member.pk, problem)
        return False
