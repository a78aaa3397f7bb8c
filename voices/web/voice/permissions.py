"""What may be done to a voice from its page, and what came after one that is no more."""

from typing import Any

from voices.access import Verb, may
from voices.actions.clone.reclone import reclone_blocked_reason
from voices.library.history import latest_reclone
from voices.models import Membership, Voice


def voice_permissions(member: Membership, voice: Voice) -> dict[str, Any]:
    """What `voice/_permissions.html` and `voice/_gone.html` need beside the voice."""
    is_there = voice.gone_at is None and voice.deleted_at is None
    is_ours = is_there and not voice.is_public
    is_gone = voice.gone_at is not None and voice.deleted_at is None
    return {
        "can_edit": is_ours and may(member, Verb.EDIT_VOICE),
        "can_delete": is_ours and may(member, Verb.DELETE_VOICE),
        "can_remove": is_gone and may(member, Verb.DELETE_VOICE),
        "can_clone_again": may(member, Verb.CLONE_AGAIN) and not reclone_blocked_reason(voice),
        "again": None if is_there else latest_reclone(voice),
        "aliases": [] if is_there else list(voice.aliases.all()),
    }
