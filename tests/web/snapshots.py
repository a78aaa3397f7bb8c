"""All that a route could change, as text."""

from django.db import connection

from voices.models import (
    ApiKey,
    ApiToken,
    Approval,
    AuditEntry,
    Audition,
    Ballot,
    BulkItem,
    BulkRun,
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Consent,
    ConsentStatement,
    Invitation,
    Membership,
    PreviewFile,
    Rating,
    SavedView,
    SpeakerRequest,
    SyncRun,
    Team,
    Voice,
    VoiceSwap,
)


def snapshot() -> str:
    """Every record that a route could change, as text."""
    kinds = (
        ApiKey,
        ApiToken,
        Approval,
        Audition,
        Ballot,
        BulkItem,
        BulkRun,
        CloneBatch,
        CloneBatchRow,
        CloneJob,
        Consent,
        ConsentStatement,
        Voice,
        VoiceSwap,
        PreviewFile,
        Invitation,
        Membership,
        Team,
        AuditEntry,
        Rating,
        SavedView,
        SpeakerRequest,
        SyncRun,
    )
    rows = []
    with connection.cursor() as cursor:  # by the ORM, this would be a fifth of the whole matrix
        for kind in kinds:
            cursor.execute(f"SELECT * FROM {kind._meta.db_table} ORDER BY 1")  # noqa: S608  # our own tables
            rows += cursor.fetchall()
    return str(rows)
