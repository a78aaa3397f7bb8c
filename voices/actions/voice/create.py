"""Creating a voice from a provider's settings: a clone job with a definition instead of a recording.

The definition may contain secrets of the provider, so it is sealed on the job until the voice exists.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID, uuid5

from django.views.decorators.debug import sensitive_variables

from voices import audit, gateway
from voices.access import Verb, require
from voices.actions.clone.submit import add_once, find_duplicate, require_usable_key
from voices.actions.voice.definitions import with_secrets
from voices.actions.voice.names import require_free_name
from voices.althea.payloads import secret_json
from voices.models import ApiKey, CloneJob, Membership, Voice


class DefinitionValues(TypedDict):
    """A person's choices in the form of a new voice. `definition` has its secrets as `Secret`s.

    `source` is the voice whose settings the form began with.
    """

    key: ApiKey
    name: str
    description: str
    language: str
    definition: Mapping[str, Any]
    form_token: UUID
    idempotency_key: NotRequired[UUID | None]
    source: NotRequired[Voice | None]


@sensitive_variables()
def submit_definition(*, member: Membership, now: datetime, **values: Unpack[DefinitionValues]) -> CloneJob:
    """Create a job that is due at once. Return it, or the first job if the same form was sent with the same values.

    Raises PermissionDenied, NameInUseError, IdempotencyKeyReusedError, NotPossibleError (the key has no account yet).
    """
    require(member, Verb.CLONE)
    job = _draft(member, values)
    if first := find_duplicate(job):
        return first
    job.account = require_usable_key(member=member, key=values["key"])
    job.due_at = now
    return add_once(job, lambda: _add(member, job, values.get("source")))


@sensitive_variables()
def _draft(member: Membership, values: DefinitionValues) -> CloneJob:
    """Return an unsaved job with the values, without an account."""
    (provider,) = values["definition"]
    job = CloneJob(
        team=member.team,
        actor=member.user,
        key=values["key"],
        provider=provider,
        form_token=_content_token(member, values),
        idempotency_key=values.get("idempotency_key"),
        name=values["name"],
        description=values["description"],
        language=values["language"],
    )
    job.sealed_definition = gateway.seal(secret_json(values["definition"]), row_id=job.pk)
    return job


@sensitive_variables()
def _content_token(member: Membership, values: DefinitionValues) -> UUID:
    """Return a UUID derived from the form's token and the submitted values."""
    content = [
        values["name"],
        values["description"],
        values["language"],
        str(member.pk),
        str(values["key"].pk),
        json.loads(secret_json(values["definition"]).reveal()),
    ]
    return uuid5(values["form_token"], json.dumps(content, sort_keys=True))


def _add(member: Membership, job: CloneJob, source: Voice | None) -> None:
    require_free_name(job.account, job.name)
    job.save(force_insert=True)
    facts = {"provider": job.provider} | ({"source": str(source.pk)} if source else {})
    audit.record_by(member, "clone.submitted", job, **facts)


@sensitive_variables()
def definition_of(job: CloneJob) -> dict[str, Any]:
    """Return what the job sends, with its secrets as `Secret`s. Raises SealError."""
    return with_secrets(json.loads(gateway.unseal_definition(job).reveal()))
