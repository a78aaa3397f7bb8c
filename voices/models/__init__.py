"""Records. One file a subject; import them from here."""

from voices.models.audit import AuditEntry
from voices.models.files import FileIntent
from voices.models.jobs import ENDED, LIVE, MOVES, CloneJob, State
from voices.models.keys import AltheaAccount, ApiKey, Endpoint, KeyState, SealCanary
from voices.models.library import Stage, Voice, fold
from voices.models.people import Membership, Role, Team, User
from voices.models.previews import PreviewFile, PreviewState
from voices.models.samples import Sample
from voices.models.sync import SYNC_LIVE, Scope, SyncRun, SyncState

__all__ = [
    "ENDED",
    "LIVE",
    "MOVES",
    "SYNC_LIVE",
    "AltheaAccount",
    "ApiKey",
    "AuditEntry",
    "CloneJob",
    "Endpoint",
    "FileIntent",
    "KeyState",
    "Membership",
    "PreviewFile",
    "PreviewState",
    "Role",
    "Sample",
    "Scope",
    "SealCanary",
    "Stage",
    "State",
    "SyncRun",
    "SyncState",
    "Team",
    "User",
    "Voice",
    "fold",
]
