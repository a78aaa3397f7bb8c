"""What is read at Althea or brought from there: previews, use by agents, syncs."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Router

from voices.access import NO_VOICE, get_voice_for
from voices.actions.sync.runs import request_team_sync
from voices.actions.voice.usage import NO_KEY, agents_using, reading_key
from voices.library.sync_status import sync_status
from voices.web.api.auth import ApiRequest
from voices.web.api.problems import ApiError
from voices.web.api.schemas import Sync, Usage
from voices.web.sync import NO_KEY as NO_SYNC_KEY
from voices.web.voice.audio import send_preview

router = Router()
AUDIO = {"schema": {"type": "string", "format": "binary"}}
AUDIO_CONTENT = {"audio/mpeg": AUDIO, "audio/wav": AUDIO}


@router.get(
    "/voices/{uuid:voice_id}/preview", operation_id="getPreview", summary="Play a voice's preview", tags=["Voices"],
    openapi_extra={
        "parameters": [
            {
                "in": "header", "name": "Range", "required": False, "schema": {"type": "string"},
                "description": "A part of the file, as in `bytes=0-65535`.",
            },
        ],
        "responses": {
            200: {"description": "The whole preview.", "content": AUDIO_CONTENT},
            206: {"description": "The part requested by Range.", "content": AUDIO_CONTENT},
            304: {"description": "It hasn't changed since the version named by If-None-Match."},
        },
    },
)  # fmt: skip
def get_preview(request: ApiRequest, voice_id: UUID) -> HttpResponse:
    """Return the audio that people hear in the library."""
    return send_preview(request, voice_id)


@router.get(
    "/voices/{uuid:voice_id}/usage", response=Usage, operation_id="getUsage", summary="Get a voice's usage",
    tags=["Voices"],
)  # fmt: skip
def get_usage(request: ApiRequest, voice_id: UUID) -> dict[str, Any]:
    """Return the agents that use the voice, read with your key for its account or the key that manages it."""
    voice = get_voice_for(request.member, voice_id)
    if voice.deleted_at is not None:
        raise Http404(NO_VOICE)
    usage = agents_using(reading_key(request.member, voice), voice)
    if usage.problem:
        code = "not_possible" if usage.problem == NO_KEY else "althea_unavailable"
        raise ApiError(code, f"Couldn't load the usage: {usage.problem}.")
    return {
        "agents": [{"agentId": one.agent_id, "name": one.name, "namedBy": one.by} for one in usage.agents]
    }


def _sync_object(request: ApiRequest) -> dict[str, Any]:
    found = sync_status(request.member)
    return {
        "isRunning": found.is_live,
        "sentence": found.sentence,
        "problem": found.problem or None,
        "ended": found.ended_at,
    }


@router.get("/sync", response=Sync, operation_id="getSync", summary="Get the sync's status", tags=["Sync"])
def get_sync(request: ApiRequest) -> dict[str, Any]:
    """Return whether the library is being synced with Althea, and the result."""
    return _sync_object(request)


@router.post("/sync", response={202: Sync}, operation_id="startSync", summary="Start a sync", tags=["Sync"])
def start_sync(request: ApiRequest) -> dict[str, Any]:
    """Start a sync of all accounts of the team, unless one is running."""
    if not request_team_sync(member=request.member, now=timezone.now()):
        raise ApiError("not_possible", NO_SYNC_KEY)
    return _sync_object(request)
