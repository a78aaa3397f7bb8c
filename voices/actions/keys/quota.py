"""Rechecking whether an account has a free slot: what we know may be an hour old."""

from django.db import transaction
from django.utils import timezone

from voices.actions import Now
from voices.actions.keys.store import KeyOutcome, KeyTest, test_key
from voices.actions.sync.runs import request_sync
from voices.models import ApiKey, Membership


def check_again(*, member: Membership, key: ApiKey, now: Now = timezone.now) -> KeyTest:
    """Test the key, which rereads its account, and request a sync that counts its voices. Return the test."""
    tested = test_key(member=member, key=key, now=now)
    if tested.outcome is KeyOutcome.WORKS:
        with transaction.atomic():
            request_sync(team=member.team, key=tested.key, now=now(), wanted_by=member.user)
    return tested
