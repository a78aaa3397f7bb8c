"""The rows of the fault matrix as data: what Althea does, and what must result from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.builders import make_job, make_key
from tests.sandbox.live import LiveSandbox
from voices.models import AuditEntry, CloneJob, Endpoint, Membership, State

VOICES = "/api/voices"
Fault = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One fault. `posts` is how often the recording went out, `made` the audit verb by which the job got its voice."""

    id: str
    faults: Sequence[Fault]
    state: State = State.CREATED
    problem: str = ""
    posts: int = 1
    voices: int = 1
    made: str = "voice.cloned"
    endpoint: str = Endpoint.SANDBOX


@dataclass
class Played:
    """The result of a row: its job as it ended, and what happened upstream."""

    job: CloneJob
    posts: list[dict[str, Any]] = field(default_factory=list)
    lookups: int = 0
    voices: int = 0
    verbs: list[str] = field(default_factory=list)


def post(effect: str, **facts: Any) -> Fault:
    """A fault for the upload of a recording."""
    return {"effect": effect, "method": "POST", "path": VOICES, **facts}


def look(effect: str, **facts: Any) -> Fault:
    """A fault for a look-up."""
    return {"effect": effect, "method": "GET", "path": VOICES, **facts}


def me(effect: str, **facts: Any) -> Fault:
    """A fault for the question whose account the key opens."""
    return {"effect": effect, "method": "GET", "path": "/api/accounts/me", **facts}


def begin(row: Row, *, member: Membership, sandbox: LiveSandbox) -> CloneJob:
    """The row's job with a key of its own, its faults waiting for that key."""
    key = make_key(member, secret=sandbox.key(), endpoint=row.endpoint)
    for fault in row.faults:
        sandbox.fault(key=key.prefix, **fault)
    return make_job(member, key=key, name=row.id)


def look_at(job: CloneJob, sandbox: LiveSandbox) -> Played:
    """What the job and its account look like now."""
    job = CloneJob.objects.with_parts().get(pk=job.pk)
    log = [entry for entry in sandbox.log(path=VOICES) if entry["key"] == job.key.prefix]
    posts = [entry for entry in log if entry["method"] == "POST"]
    mine = [voice for voice in sandbox.voices() if voice["name"] == job.name]
    history = AuditEntry.objects.filter(facts__job=str(job.pk)).values_list("verb", flat=True)
    return Played(
        job=job, posts=posts, lookups=len(log) - len(posts), voices=len(mine), verbs=sorted(history)
    )
