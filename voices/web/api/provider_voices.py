"""Voices from a provider's settings, which may hold secrets: they are sealed for the job, and no answer has them."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from ninja import Router, Status

from voices.access import Verb, require
from voices.actions.dry_run import rolled_back_if
from voices.actions.keys.provider_keys import missing_key_message
from voices.actions.voice.create import DefinitionValues, submit_definition
from voices.actions.voice.definitions import with_secrets
from voices.models import ApiKey
from voices.providers.checks import check_definition
from voices.providers.registry import providers
from voices.web.api.auth import ApiRequest
from voices.web.api.creating import answer_with_job, form_errors, require_keys
from voices.web.api.idempotency import PARAMETER, read_idempotency_key
from voices.web.api.jobs import job_object
from voices.web.api.problems import ApiError, invalid
from voices.web.api.schemas import DryRun, Job, ProviderVoiceBody
from voices.web.definition.draft import DefinitionForm, allows_loopback

router = Router(tags=["Voices"])


@router.post(
    "/voices/from-provider", response={200: Job, 202: Job}, operation_id="createProviderVoice",
    summary="Create a voice from a provider", openapi_extra={"parameters": [PARAMETER]},
)  # fmt: skip
@sensitive_variables()
def create_provider_voice(
    request: ApiRequest, response: HttpResponse, body: ProviderVoiceBody, dryRun: DryRun = False
) -> Status[dict[str, Any]]:
    """Create a voice from a provider's settings. Poll the job (Location) until it is no longer running.

    Secrets, such as headers, are stored encrypted and never returned.
    """
    require(request.member, Verb.CLONE)
    values = _checked(request, body)
    with rolled_back_if(dryRun):
        job = submit_definition(member=request.member, now=timezone.now(), **values)
        found = job_object(job)
    return answer_with_job(response, found, is_dry_run=dryRun)


@sensitive_variables()
def _checked(request: ApiRequest, body: ProviderVoiceBody) -> DefinitionValues:
    """Return what the body asks for. Raises ApiError."""
    idempotency_key = read_idempotency_key(request)
    form = DefinitionForm(body.texts, keys=require_keys(request))
    form.full_clean()
    typed = form.cleaned_data
    if errors := [*form_errors(form), *_setting_errors(body, typed.get("key"))]:
        raise invalid(errors)
    _require_provider_key(request, body, typed["key"])
    return {
        "key": typed["key"], "name": typed["name"], "description": typed["description"], "language": typed["language"],
        "definition": with_secrets(body.definition), "form_token": idempotency_key or uuid4(),
        "idempotency_key": idempotency_key,
    }  # fmt: skip


@sensitive_variables()
def _setting_errors(body: ProviderVoiceBody, key: ApiKey | None) -> Iterator[tuple[str, str]]:
    for name, problem in check_definition(body.definition, allows_loopback=allows_loopback(key)).items():
        yield f"definition.{name}" if name else "definition", problem


@sensitive_variables()
def _require_provider_key(request: ApiRequest, body: ProviderVoiceBody, key: ApiKey) -> None:
    (engine,) = body.definition
    if missing := missing_key_message(member=request.member, key=key, provider=providers()[engine]):
        raise ApiError("not_possible", missing, [("key", missing)])
