"""The operator's view of every record. What only an action or the API may change is read-only."""

from voices.admin import (
    approvals,
    audit,
    batches,
    bulk,
    consents,
    jobs,
    keys,
    memberships,
    notices,
    organise,
    packs,
    people,
    speakers,
    syncs,
    voices,
    workers,
)

__all__ = [
    "approvals",
    "audit",
    "batches",
    "bulk",
    "consents",
    "jobs",
    "keys",
    "memberships",
    "notices",
    "organise",
    "packs",
    "people",
    "speakers",
    "syncs",
    "voices",
    "workers",
]
