"""Permissions, and the only way to a record: functions that check before they return it.

A record of another team is a 404, so that nobody learns that it exists; one that the role forbids is a 403.
They take the membership (a person in a team), so that a person's second team never leaks into the first.
"""

from voices.access.approvals import (
    get_approval_for,
    may_approve,
    members_who_may,
    requester_of,
    require_approver,
)
from voices.access.clone_quota import CloneQuota, clone_quota_of, quota_reached_message
from voices.access.consents import (
    get_consent_for,
    get_link_request,
    get_request_for,
    get_withdrawable_consent_for,
    may_decide,
    may_withdraw,
    require_decider,
    require_withdrawal,
    still_asks,
)
from voices.access.records import (
    CONSENT_ENDED,
    get_alias_for,
    get_batch_for,
    get_batch_row_for,
    get_bulk_run_for,
    get_heard_sample_for,
    get_job_for,
    get_key_for,
    get_sample_for,
    get_tag_for,
    get_view_for,
)
from voices.access.roles import (
    ROLE_VERBS,
    Verb,
    current_membership,
    may,
    may_manage,
    memberships_of,
    require,
    teams_run_by,
)
from voices.access.voices import (
    NO_VOICE,
    get_consentable_voice_for,
    get_editable_voice_for,
    get_organisable_voice_for,
    get_played_voice_for,
    get_tombstone_for,
    get_voice_for,
)

__all__ = [
    "CONSENT_ENDED",
    "NO_VOICE",
    "ROLE_VERBS",
    "CloneQuota",
    "Verb",
    "clone_quota_of",
    "current_membership",
    "get_alias_for",
    "get_approval_for",
    "get_batch_for",
    "get_batch_row_for",
    "get_bulk_run_for",
    "get_consent_for",
    "get_consentable_voice_for",
    "get_editable_voice_for",
    "get_heard_sample_for",
    "get_job_for",
    "get_key_for",
    "get_link_request",
    "get_organisable_voice_for",
    "get_played_voice_for",
    "get_request_for",
    "get_sample_for",
    "get_tag_for",
    "get_tombstone_for",
    "get_view_for",
    "get_voice_for",
    "get_withdrawable_consent_for",
    "may",
    "may_approve",
    "may_decide",
    "may_manage",
    "may_withdraw",
    "members_who_may",
    "memberships_of",
    "quota_reached_message",
    "requester_of",
    "require",
    "require_approver",
    "require_decider",
    "require_withdrawal",
    "still_asks",
    "teams_run_by",
]
