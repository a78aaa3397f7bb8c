"""All that a route could change, as text."""

from django.apps import apps
from django.db import connection

CHANGED_BY_ROUTES = (
    "ApiKey ApiToken Approval Audition Ballot BulkItem BulkRun CloneBatch CloneBatchRow CloneJob "
    "Consent ConsentStatement Voice VoiceSwap WebhookDelivery WebhookEndpoint PreviewFile Invitation "
    "Membership Team AuditEntry Rating SavedView SpeakerRequest SyncRun"
)


def snapshot() -> str:
    """Every record that a route could change, as text."""
    kinds = [apps.get_model("voices", name) for name in CHANGED_BY_ROUTES.split()]
    rows = []
    with connection.cursor() as cursor:  # by the ORM, this would be a fifth of the whole matrix
        for kind in kinds:
            cursor.execute(f"SELECT * FROM {kind._meta.db_table} ORDER BY 1")  # noqa: S608  # our own tables
            rows += cursor.fetchall()
    return str(rows)
