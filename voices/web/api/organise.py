"""Tags, stages and aliases."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Router

from voices.access import get_alias_for, get_named_alias_for, get_organisable_voice_for, get_voice_for
from voices.actions.dry_run import rolled_back_if
from voices.actions.organise.aliases import make_alias, move_alias, read_alias, remove_alias
from voices.actions.organise.annotations import move_stage
from voices.actions.organise.tags import read_tag, set_tags
from voices.library.aliases import aliases_of
from voices.library.tags import counted_tags
from voices.models import Alias, Stage, Voice
from voices.web.api.auth import ApiRequest
from voices.web.api.problems import ApiError
from voices.web.api.schemas import AliasBody, AliasList, DryRun, ResolvedAlias, StageBody, TagList, TagsBody
from voices.web.api.voice_fields import VoiceSchema
from voices.web.api.voices import send_voice

router = Router()
MOVED = "It has been moved, so nothing was changed."


@router.get("/tags", response=TagList, operation_id="listTags", summary="List tags", tags=["Tags"])
def list_tags(request: ApiRequest) -> dict[str, Any]:
    """Return the team's tags by name."""
    found = counted_tags(request.member)
    return {"results": [{"id": one.tag.pk, "name": one.tag.name, "voices": one.many} for one in found]}


@router.put(
    "/voices/{uuid:voice_id}/tags", response=VoiceSchema, operation_id="setVoiceTags", summary="Set a voice's tags",
    tags=["Voices"],
)  # fmt: skip
def put_tags(request: ApiRequest, voice_id: UUID, body: TagsBody, dryRun: DryRun = False) -> HttpResponse:
    """Replace the voice's tags. Tags that don't exist yet are created."""
    voice = get_organisable_voice_for(request.member, voice_id)
    names = [read_tag(name) for name in body.tags]
    with rolled_back_if(dryRun):
        set_tags(member=request.member, voice=voice, names=names, now=timezone.now())
        return send_voice(request, voice_id)


@router.put(
    "/voices/{uuid:voice_id}/stage", response=VoiceSchema, operation_id="setVoiceStage",
    summary="Set a voice's stage", tags=["Voices"],
)  # fmt: skip
def put_stage(request: ApiRequest, voice_id: UUID, body: StageBody, dryRun: DryRun = False) -> HttpResponse:
    """Move the voice to a stage."""
    voice = get_organisable_voice_for(request.member, voice_id)
    seen, stage = body.seen or voice.stage, Stage(body.stage)
    with rolled_back_if(dryRun):
        if not move_stage(member=request.member, voice=voice, seen=seen, stage=stage, now=timezone.now()):
            raise ApiError("changed_meanwhile", MOVED)
        return send_voice(request, voice_id)


def alias_object(alias: Alias) -> dict[str, Any]:
    """Return the alias as the API sends it. Read it with its voice."""
    voice = alias.voice
    return {
        "name": alias.name,
        "voice": voice and voice.pk,
        "voiceId": voice and voice.voice_id,
        "voiceName": voice and voice.name,
        "stage": voice and voice.stage,
        "consent": voice and voice.consent_state,
        "moved": alias.moved_at,
    }


@router.get(
    "/aliases", response=AliasList, operation_id="listAliases", summary="List aliases", tags=["Aliases"]
)
def list_aliases(request: ApiRequest) -> dict[str, Any]:
    """Return the team's aliases by name."""
    return {"results": [alias_object(alias) for alias in aliases_of(request.member)]}


@router.get(
    "/aliases/{slug:name}", response=ResolvedAlias, operation_id="resolveAlias", summary="Resolve an alias",
    tags=["Aliases"],
)  # fmt: skip
def resolve_alias(request: ApiRequest, name: str) -> dict[str, Any]:
    """Return the voice that the alias points to now."""
    return alias_object(get_named_alias_for(request.member, name))


@router.put(
    "/aliases/{slug:name}", response=ResolvedAlias, operation_id="putAlias", summary="Create or move an alias",
    tags=["Aliases"],
)  # fmt: skip
def put_alias(request: ApiRequest, name: str, body: AliasBody, dryRun: DryRun = False) -> dict[str, Any]:
    """Point the alias to a voice; create the alias if it doesn't exist."""
    voice, name = get_voice_for(request.member, body.voice), read_alias(name)
    with rolled_back_if(dryRun):
        return alias_object(_pointed(request, name, voice, body.seen))


def _pointed(request: ApiRequest, name: str, voice: Voice, seen: UUID | None) -> Alias:
    """Return the alias, which points to the voice now. Raises ApiError."""
    now = timezone.now()
    try:
        alias = get_named_alias_for(request.member, name)
    except Http404:
        return make_alias(member=request.member, name=name, voice=voice, now=now)
    if not move_alias(member=request.member, alias=alias, voice=voice, seen=seen or alias.voice_id, now=now):
        raise ApiError("changed_meanwhile", MOVED)
    return get_alias_for(request.member, alias.pk)


@router.delete(
    "/aliases/{slug:name}", response={204: None}, operation_id="removeAlias", summary="Remove an alias",
    tags=["Aliases"],
)  # fmt: skip
def delete_alias(request: ApiRequest, name: str) -> None:
    """Remove the alias. Programs that request it get 404 from then on."""
    alias = get_named_alias_for(request.member, name)
    remove_alias(member=request.member, alias=alias, now=timezone.now())
