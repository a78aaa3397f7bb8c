"""Looking again whether an account has room: what we know of it may be an hour old."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from voices.actions.keys.store import test_key
from voices.actions.sync.runs import ask_sync
from voices.models import ApiKey, Membership

Now = Callable[[], datetime]


def check_again(*, member: Membership, key: ApiKey, now: Now = timezone.now) -> ApiKey:
    """The key, its account read anew; a sync that counts the voices anew is on its way."""
    tested = test_key(member=member, key=key)
    if tested.can_clone:
        with transaction.atomic():
            ask_sync(team=member.team, key=tested, now=now(), wanted_by=member.user)
    return tested
