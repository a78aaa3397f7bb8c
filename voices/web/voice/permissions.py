"""A member's permissions on a voice, and the clone that replaced a deleted or missing one."""

from typing import Any

from voices.access import Verb, may
from voices.actions.clone.reclone import reclone_blocked_reason
from voices.actions.voice.redefine import copied_engine, settings_refusal
from voices.actions.voice.upstream_change import blocked_reason
from voices.library.approvals import waiting_deletion
from voices.library.history import latest_reclone
from voices.models import Membership, Voice


def voice_permissions(member: Membership, voice: Voice) -> dict[str, Any]:
    """Return the context of `voice/_permissions.html` and `voice/_gone.html`."""
    is_present = voice.gone_at is None and voice.deleted_at is None
    is_ours = is_present and not voice.is_public
    is_gone = voice.gone_at is not None and voice.deleted_at is None
    may_change = is_ours and (may(member, Verb.EDIT_VOICE) or may(member, Verb.DELETE_VOICE))
    return {
        # Shown on the voice's page, so that nobody opens a form that cannot be used.
        "blocked": blocked_reason(member.user, voice) if may_change else "",
        "deletion_request": waiting_deletion(voice) if is_ours else None,
        "can_edit": is_ours and may(member, Verb.EDIT_VOICE),
        "can_change_settings": is_ours and may(member, Verb.EDIT_VOICE) and not settings_refusal(voice),
        "copied_engine": copied_engine(voice) if is_present and may(member, Verb.CLONE) else "",
        "can_check": is_ours and may(member, Verb.EDIT_VOICE),
        "can_export": voice.deleted_at is None and not voice.is_public and may(member, Verb.CLONE),
        "can_delete": is_ours and may(member, Verb.DELETE_VOICE),
        "can_remove": is_gone and may(member, Verb.DELETE_VOICE),
        "can_clone_again": may(member, Verb.CLONE_AGAIN) and not reclone_blocked_reason(voice),
        "reclone_job": None if is_present else latest_reclone(voice),
        "aliases": [] if is_present else list(voice.aliases.all()),
        "deletion": voice.deletions.order_by("-pk").first() if voice.deleted_at is not None else None,
    }
