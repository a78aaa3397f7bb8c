"""The voices of an account: clone, define, read, change, delete."""

import asyncio
import dataclasses
import datetime
import re
import time
import uuid
from pathlib import Path
from typing import Any

from voices.sandbox.context import SandboxContext
from voices.sandbox.definitions import ENGINES, definition, engine_of
from voices.sandbox.fields import clean, language, text
from voices.sandbox.languages import label_of
from voices.sandbox.listing import link, page_of
from voices.sandbox.messages import ApiError, Request, Response, json_response, unsupported
from voices.sandbox.state import Account, NameTakenError, VoiceRow, owned_by
from voices.sandbox.uploads import CloneForm, read_clone_form, sample_type

INCLUDED = "VOICE_BILLING_STYLE_INCLUDED"
EXTERNAL = "VOICE_BILLING_STYLE_EXTERNAL"
EXTENSION = re.compile(r"\.(mp3|wav)$", re.IGNORECASE)
NAME_TAKEN = "A voice with this name already exists."
LIMIT_REACHED = "Your account has reached its limit of custom voices."

CHANGEABLE = {
    "name": text(limit=40),
    "description": text(limit=240, nullable=True, blank=True),
    "primaryLanguage": language(nullable=True),
    "definition": definition,
}
FORM = {
    "name": text(limit=40),
    "description": text(limit=240),
    "language": language(),
}  # empty parts are refused


def voice_json(row: VoiceRow, origin: str) -> dict[str, Any]:
    """Return a voice as the API shows it."""
    stored = row.preview.startswith("storage")
    path = f"/_sandbox/storage/{row.id}.mp3" if stored else f"/api/voices/{row.id}/preview"
    return {
        "voiceId": row.id,
        "name": row.name,
        "description": row.description,
        "primaryLanguage": row.language,
        "languageLabel": label_of(row.language),
        "previewUrl": origin + path,
        "ownership": "public" if row.account is None else "private",
        "billingStyle": row.billing,
        "provider": ENGINES[row.engine].label,
        "definition": row.definition,
    }


async def list_voices(context: SandboxContext, account: Account, request: Request) -> Response:
    """GET /api/voices."""
    await request.ready()
    page = page_of(context.state, account, request)
    return json_response(
        {
            "next": link(request, page.next),
            "previous": link(request, page.previous),
            "results": [voice_json(row, request.origin) for row in page.rows],
            "total": page.total,
        }
    )


async def create_voice(context: SandboxContext, account: Account, request: Request) -> Response:
    """POST /api/voices: a clone from a recording, or a voice from a definition."""
    content_type = request.header("content-type") or ""
    if content_type.split(";")[0].strip().lower() == "multipart/form-data":
        return await _clone(context, account, request)
    if content_type.split(";")[0].strip().lower() == "application/json":
        return await _define(context, account, request)
    await request.drain()
    raise unsupported(content_type)


async def _clone(context: SandboxContext, account: Account, request: Request) -> Response:
    form = await read_clone_form(request, context.state.incoming)
    try:
        await asyncio.sleep(context.setting("cloneSeconds"))
        kind = _checked_file(form)
        values = clean(form.fields, FORM, required=("name",))
        row = _clone_row(context, account, request, values, kind)
        return _commit(context, account, request, row, form.path)
    finally:
        form.path.unlink(missing_ok=True)


def _checked_file(form: CloneForm) -> str:
    kind = sample_type(form.path) if form.has_file else None
    problem = None
    if form.is_text and not form.has_file:
        problem = "The submitted data was not a file. Check the encoding type on the form."
    elif not form.has_file:
        problem = "No file was submitted."
    elif not form.size:
        problem = "The submitted file is empty."
    elif not EXTENSION.search(form.filename or ""):
        problem = "File extension is not allowed. Allowed extensions are: mp3, wav."
    elif kind is None:
        problem = "The file is neither an MP3 nor a WAV recording."
    if problem is not None or kind is None:
        errors: dict[str, object] = {"file": [problem]}
        if not form.fields.get("name", "").strip():
            errors["name"] = ["This field is required."]
        raise ApiError(400, errors)
    return kind


def _clone_row(
    context: SandboxContext, account: Account, request: Request, values: dict[str, Any], kind: str
) -> VoiceRow:
    today = datetime.datetime.now(tz=datetime.UTC)
    settings = {"voiceId": uuid.uuid4().hex[:20], "model": "eleven_turbo_v2_5"}
    return VoiceRow(
        id=str(uuid.uuid4()),
        account=account.id,
        name=values["name"],
        description=values.get("description") or f"Voice cloned on {today:%b} {today.day}, {today.year}",
        language=values.get("language", "en"),
        billing=INCLUDED,
        engine="elevenLabs",
        definition={"elevenLabs": settings},
        preview=context.setting("clonePreview"),
        sample_type=kind,
        visible_at=time.time() + request.late_seconds if request.late_seconds else 0.0,
    )


async def _define(context: SandboxContext, account: Account, request: Request) -> Response:
    values = clean(await request.json(), CHANGEABLE, required=("name", "definition"))
    context.require_provider_key(account, engine_of(values["definition"]))
    row = VoiceRow(
        id=str(uuid.uuid4()),
        account=account.id,
        name=values["name"],
        description=values.get("description"),
        language=values.get("primaryLanguage"),
        billing=EXTERNAL,
        engine=engine_of(values["definition"]),
        definition=values["definition"],
        preview="api",
        visible_at=time.time() + request.late_seconds if request.late_seconds else 0.0,
    )
    return _commit(context, account, request, row, None)


def _commit(
    context: SandboxContext, account: Account, request: Request, row: VoiceRow, recording: Path | None
) -> Response:
    state, allowed = context.state, context.setting("allowedVoices")
    if state.has_name(account, row.name):
        raise ApiError(400, {"name": [NAME_TAKEN]})
    if allowed is not None and state.count([owned_by(account)]) >= allowed:
        raise ApiError(400, [LIMIT_REACHED])
    if recording is not None:  # first, so that no row is ever visible without its recording
        recording.rename(state.samples / row.id)
    state.add_voice(row)
    request.committed.append(row.id)
    return json_response(voice_json(row, request.origin), 201)


async def get_voice(context: SandboxContext, account: Account, request: Request, voice_id: str) -> Response:
    """GET /api/voices/{id}."""
    await request.ready()
    return json_response(voice_json(find(context, account, voice_id), request.origin))


async def patch_voice(context: SandboxContext, account: Account, request: Request, voice_id: str) -> Response:
    """PATCH /api/voices/{id}: any of name, description, primaryLanguage, definition."""
    return await _change(context, account, request, voice_id, required=())


async def put_voice(context: SandboxContext, account: Account, request: Request, voice_id: str) -> Response:
    """PUT /api/voices/{id}: name and definition must be there."""
    return await _change(context, account, request, voice_id, required=("name", "definition"))


async def _change(
    context: SandboxContext, account: Account, request: Request, voice_id: str, *, required: tuple[str, ...]
) -> Response:
    _own_voice(context, account, voice_id)  # as in DRF: 404 and 403 are checked before the body
    data = await request.json()
    row = _own_voice(context, account, voice_id)  # it may have been deleted meanwhile
    values = clean(data, CHANGEABLE, required=required)
    if "primaryLanguage" in values:
        values["language"] = values.pop("primaryLanguage")
    if "definition" in values:
        values["engine"] = engine_of(values["definition"])
        context.require_provider_key(account, values["engine"])
    changed = dataclasses.replace(row, **values)
    try:
        context.state.change_voice(changed)
    except NameTakenError as exc:
        raise ApiError(400, {"name": [NAME_TAKEN]}) from exc
    request.committed.append(row.id)
    return json_response(voice_json(changed, request.origin))


async def delete_voice(
    context: SandboxContext, account: Account, request: Request, voice_id: str
) -> Response:
    """DELETE /api/voices/{id}."""
    await request.drain()
    await request.ready()
    row = _own_voice(context, account, voice_id)
    context.state.remove_voice(row)
    request.committed.append(row.id)
    return Response(204)


def find(context: SandboxContext, account: Account, voice_id: str) -> VoiceRow:
    """Return a voice that the account may read. Raise ApiError 404 for a malformed, unknown or foreign id."""
    try:
        canonical = str(uuid.UUID(voice_id))
    except ValueError as exc:
        raise ApiError(404, {"detail": "Not found."}) from exc
    row = context.state.voice(canonical)
    if row is None or row.account not in (None, account.id):
        raise ApiError(404, {"detail": "No Voice matches the given query."})
    return row


def _own_voice(context: SandboxContext, account: Account, voice_id: str) -> VoiceRow:
    row = find(context, account, voice_id)
    if row.account is None:
        raise ApiError(403, {"detail": "You do not have permission to perform this action."})
    return row
