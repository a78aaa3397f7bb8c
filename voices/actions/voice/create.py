"""Creating a voice from a provider's settings: a clone job with a definition instead of a recording.

The definition may hold secrets of the provider. It is sealed for the job until the voice is there.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from voices import audit, gateway
from voices.access import Verb, require
from voices.actions import NotPossibleError
from voices.actions.clone.submit import require_usable_key, same_as
from voices.actions.voice.definitions import split_definition
from voices.actions.voice.names import NameInUseError, require_free_name
from voices.althea.payloads import secret_json
from voices.models import ApiKey, CloneJob, Membership, Voice
from voices.providers.secrets import join_secrets


class DefinitionValues(TypedDict):
    """What a person chose in the form of a new voice. `definition` has its secrets as `Secret`s.

    `source` is the voice whose settings the form began with.
    """

    key: ApiKey
    name: str
    description: str
    language: str
    definition: Mapping[str, Any]
    form_token: UUID
    source: NotRequired[Voice | None]


@sensitive_variables()
def submit_definition(*, member: Membership, now: datetime, **values: Unpack[DefinitionValues]) -> CloneJob:
    """Create a job that is due at once. Return it, or the first job if the same form was sent with the same values.

    Raises PermissionDenied, NameInUseError, NotPossibleError (the key has no account yet).
    """
    require(member, Verb.CLONE)
    job = _draft(member, values)
    if first := same_as(job):
        return first
    job.account = require_usable_key(member=member, key=values["key"])
    job.due_at = now
    try:
        with transaction.atomic():
            _add(member, job, values.get("source"))
    except (IntegrityError, NameInUseError) as problem:
        # Lost a race against the same form (its job is the answer, and has the name) or against the same name.
        if first := same_as(job):
            return first
        if isinstance(problem, NameInUseError):
            raise
        require_free_name(job.account, job.name)
        raise NotPossibleError(
            "Another voice with this name was sent at the same moment. Send this one again."
        ) from problem
    return job


@sensitive_variables()
def _draft(member: Membership, values: DefinitionValues) -> CloneJob:
    """Return the job that the values ask for, unsaved and without an account."""
    (provider,) = values["definition"]
    job = CloneJob(
        team=member.team,
        actor=member.user,
        key=values["key"],
        provider=provider,
        form_token=_content_token(member, values),
        name=values["name"],
        description=values["description"],
        language=values["language"],
    )
    job.sealed_definition = gateway.seal(secret_json(values["definition"]), row_id=job.pk)
    return job


@sensitive_variables()
def _content_token(member: Membership, values: DefinitionValues) -> UUID:
    """Return the id of the form together with what it was sent with."""
    content = [
        values["name"],
        values["description"],
        values["language"],
        str(member.pk),
        str(values["key"].pk),
    ]
    content.append(secret_json(values["definition"]).reveal())
    return uuid5(values["form_token"], json.dumps(content))


def _add(member: Membership, job: CloneJob, source: Voice | None) -> None:
    require_free_name(job.account, job.name)
    job.save(force_insert=True)
    facts = {"provider": job.provider} | ({"source": str(source.pk)} if source else {})
    audit.record_by(member, "clone.submitted", job, **facts)


@sensitive_variables()
def definition_of(job: CloneJob) -> dict[str, Any]:
    """Return what the job sends, with its secrets as `Secret`s. Raises SealError."""
    public, secrets = split_definition(json.loads(gateway.unseal_definition(job).reveal()))
    joined: dict[str, Any] = join_secrets(public, secrets)
    return joined
