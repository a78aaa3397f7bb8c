"""Cloning: the fields of Althea's POST /voices, and those of the consent, checked by the page's own form."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from ninja import Router, Status

from voices.access import Verb, require
from voices.actions.clone.submit import CloneValues, submit_clone
from voices.actions.dry_run import rolled_back_if
from voices.models import Basis, ConsentStatement, Relation
from voices.web.api.auth import ApiRequest
from voices.web.api.creating import FORM_NAMES, answer_with_job, form_errors, require_keys
from voices.web.api.idempotency import PARAMETER, read_idempotency_key
from voices.web.api.jobs import job_object
from voices.web.api.problems import invalid
from voices.web.api.schemas import DryRun, Job, KeyList, StatementList
from voices.web.api.voices import router as voices_router
from voices.web.clone.form import CloneForm, usable_keys
from voices.web.clone.recording import read_recording
from voices.web.consents.form import consent_of
from voices.web.http import StudioRequest
from voices.web.voice.form import MAX_DESCRIPTION, MAX_NAME

router = Router(tags=["Clones"])

FILE = {"type": "string", "format": "binary"}
FIELDS: dict[str, dict[str, Any]] = {
    "file": FILE | {"description": "The recording: nearly any audio file; 30 to 60 seconds of one clear voice."},
    "name": {"type": "string", "maxLength": MAX_NAME, "description": "Not yet used in the account."},
    "description": {"type": "string", "maxLength": MAX_DESCRIPTION},
    "language": {"type": "string", "default": "en", "description": "A BCP 47 tag.", "examples": ["de-DE"]},
    "key": {"type": "string", "format": "uuid", "description": "One of your keys (GET /keys). "
                                                               "Default: your default key."},
    "consent": {"type": "string", "enum": Basis.values,
        "description": "“own”: it is your voice; “agreed”: the speaker agreed; “made”: it was generated."},
    "speaker": {"type": "string", "description": "Who agreed. Needed for “agreed”."},
    "relation": {"type": "string", "enum": Relation.values, "description": "Needed for “agreed”."},
    "proof": {"type": "string", "description": "Proof of consent, such as a link or a contract number."},
    "statement": {"type": "string", "description": "The `reference` of the statement that the speaker agreed to "
        "(GET /statements). Needed for “own” and “agreed”."},
    "agreed": {"type": "string", "enum": ["true"], "description": "Confirms that the speaker agreed to "
                                                                  "that statement."},
    "expiresOn": {"type": "string", "format": "date", "description": "The last day on which the consent is valid."},
    "spoken": FILE | {"description": "A recording of the speaker reading the statement."},
}  # fmt: skip
BODY = {"type": "object", "properties": FIELDS, "required": ["file", "name", "consent"]}
DESCRIBED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": BODY}}},
    "parameters": [PARAMETER],
}  # fmt: skip


@voices_router.post(
    "", response={200: Job, 202: Job}, operation_id="cloneVoice", summary="Clone a voice",
    openapi_extra=DESCRIBED,
)  # fmt: skip
def clone_voice(
    request: ApiRequest, response: HttpResponse, dryRun: DryRun = False
) -> Status[dict[str, Any]]:
    """Start a clone of the recording. Poll the job (Location) until it is no longer running."""
    require(request.member, Verb.CLONE)
    idempotency_key = read_idempotency_key(request)
    form = CloneForm(_typed(request), keys=require_keys(request), **consent_of(request))
    form.full_clean()
    recording = read_recording(request)
    if not form.is_valid() or recording.sample is None:
        file_errors = [("file", recording.problem)] if recording.problem else []
        raise invalid([*file_errors, *form_errors(form)])
    values: CloneValues = {
        **form.values(idempotency_key or uuid4()), "idempotency_key": idempotency_key,
        "sample": recording.sample, "filename": recording.filename, "replaces": None,
    }  # fmt: skip
    with rolled_back_if(dryRun):
        job = submit_clone(member=request.member, now=timezone.now(), **values)
        found = job_object(job)
    return answer_with_job(response, found, is_dry_run=dryRun)


def _typed(request: StudioRequest) -> QueryDict:
    typed = request.POST.copy()
    for api, form in FORM_NAMES.items():
        if api in typed:
            typed[form] = typed.get(api, "")
    return typed


@router.get(
    "/statements", response=StatementList, operation_id="listStatements", summary="List consent statements"
)
def list_statements(request: ApiRequest) -> dict[str, Any]:
    """Return the statements that a speaker may agree to. Show the text to the speaker before you send `agreed`."""
    require(request.member, Verb.SEE_LIBRARY)
    found = ConsentStatement.objects.current(request.member.team).values()
    return {
        "results": [{"reference": one.reference, "language": one.language, "text": one.text} for one in found]
    }


@router.get("/keys", response=KeyList, operation_id="listKeys", summary="List keys that can clone")
def list_keys(request: ApiRequest) -> dict[str, Any]:
    """Return your own keys that can clone, the default first; never their values."""
    require(request.member, Verb.SEE_LIBRARY)
    return {
        "results": [
            {"id": key.pk, "label": key.label, "account": str(key.account), "isDefault": key.is_default}
            for key in usable_keys(request.user)
        ]
    }
