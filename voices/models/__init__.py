"""The records, one file per subject. Import them from this package."""

from voices.models.aliases import Alias
from voices.models.approvals import APPROVAL_MOVES, Approval, ApprovalKind, ApprovalState
from voices.models.audit import MAX_ADDRESS, MAX_REQUEST_ID, AuditChain, AuditEntry
from voices.models.auditions import (
    HIGHEST,
    LOWEST,
    MAX_VOICES,
    MIN_VOICES,
    Audition,
    Ballot,
    Candidate,
    LeftOut,
    Rating,
)
from voices.models.bulk import BULK_LIVE, BulkItem, BulkRun, BulkState, BulkVerb, ItemState, VoiceSwap
from voices.models.bulk_insert import insert_rows
from voices.models.clone_batches import ROW_MOVES, CloneBatch, CloneBatchRow, RowState, cut_to_column
from voices.models.clone_jobs import ENDED, LIVE, MOVES, UNDER_WAY, CloneJob, CloneJobQuerySet, State
from voices.models.consents import (
    Basis,
    Consent,
    ConsentReminder,
    ConsentState,
    ConsentStatement,
    ReceiptKey,
    Relation,
    VoiceDeletion,
    last_day_that_expires_soon,
)
from voices.models.daily import (
    SHOWN_DAYS,
    CloneEnd,
    CountQuerySet,
    DailyClones,
    DailyCloneTimes,
    SlotSample,
    StorageSample,
    first_kept_day,
)
from voices.models.favourites import Favourite
from voices.models.files import FileIntent
from voices.models.health import HealthRound, RoundState
from voices.models.invitations import Invitation, InvitationState
from voices.models.keys import AltheaAccount, ApiKey, Endpoint, KeyState, SealCanary
from voices.models.notices import (
    Choice,
    Mailbox,
    MailboxState,
    MailedNotice,
    Notice,
    NoticeChoice,
    NoticeState,
)
from voices.models.packs import PACK_LIVE, PackImport, PackImportRow, PackRowState, PackState
from voices.models.people import Membership, Role, Team, User, shown_name
from voices.models.plays import DailyCalls, DailyPlays
from voices.models.previews import PreviewFile, PreviewState
from voices.models.samples import Sample
from voices.models.saved_views import SavedView
from voices.models.search_text import fold, name_key, search_text, sort_keys
from voices.models.speakers import KEEPS_RECORDING, REQUEST_MOVES, RequestState, SpeakerRequest
from voices.models.sync import SYNC_LIVE, Scope, SyncRun, SyncState
from voices.models.tags import Tag, Tagging
from voices.models.tokens import ApiToken, ApiTokenQuerySet, TokenAddress, TokenScope
from voices.models.voice import (
    EXTERNAL,
    NEVER_PLAYED,
    Health,
    Ownership,
    Stage,
    Voice,
    VoiceOrigin,
    VoiceQuerySet,
)
from voices.models.webhooks import DeliveryState, EndpointState, WebhookDelivery, WebhookEndpoint
from voices.models.workers import WorkerProcess

__all__ = [
    "APPROVAL_MOVES",
    "BULK_LIVE",
    "ENDED",
    "EXTERNAL",
    "HIGHEST",
    "KEEPS_RECORDING",
    "LIVE",
    "LOWEST",
    "MAX_ADDRESS",
    "MAX_REQUEST_ID",
    "MAX_VOICES",
    "MIN_VOICES",
    "MOVES",
    "NEVER_PLAYED",
    "PACK_LIVE",
    "REQUEST_MOVES",
    "ROW_MOVES",
    "SHOWN_DAYS",
    "SYNC_LIVE",
    "UNDER_WAY",
    "Alias",
    "AltheaAccount",
    "ApiKey",
    "ApiToken",
    "ApiTokenQuerySet",
    "Approval",
    "ApprovalKind",
    "ApprovalState",
    "AuditChain",
    "AuditEntry",
    "Audition",
    "Ballot",
    "Basis",
    "BulkItem",
    "BulkRun",
    "BulkState",
    "BulkVerb",
    "Candidate",
    "Choice",
    "CloneBatch",
    "CloneBatchRow",
    "CloneEnd",
    "CloneJob",
    "CloneJobQuerySet",
    "Consent",
    "ConsentReminder",
    "ConsentState",
    "ConsentStatement",
    "CountQuerySet",
    "DailyCalls",
    "DailyCloneTimes",
    "DailyClones",
    "DailyPlays",
    "DeliveryState",
    "Endpoint",
    "EndpointState",
    "Favourite",
    "FileIntent",
    "Health",
    "HealthRound",
    "Invitation",
    "InvitationState",
    "ItemState",
    "KeyState",
    "LeftOut",
    "Mailbox",
    "MailboxState",
    "MailedNotice",
    "Membership",
    "Notice",
    "NoticeChoice",
    "NoticeState",
    "Ownership",
    "PackImport",
    "PackImportRow",
    "PackRowState",
    "PackState",
    "PreviewFile",
    "PreviewState",
    "Rating",
    "ReceiptKey",
    "Relation",
    "RequestState",
    "Role",
    "RoundState",
    "RowState",
    "Sample",
    "SavedView",
    "Scope",
    "SealCanary",
    "SlotSample",
    "SpeakerRequest",
    "Stage",
    "State",
    "StorageSample",
    "SyncRun",
    "SyncState",
    "Tag",
    "Tagging",
    "Team",
    "TokenAddress",
    "TokenScope",
    "User",
    "Voice",
    "VoiceDeletion",
    "VoiceOrigin",
    "VoiceQuerySet",
    "VoiceSwap",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WorkerProcess",
    "cut_to_column",
    "first_kept_day",
    "fold",
    "insert_rows",
    "last_day_that_expires_soon",
    "name_key",
    "search_text",
    "shown_name",
    "sort_keys",
]
