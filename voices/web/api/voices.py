"""Reading voices."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.http import Http404
from ninja import Router

from voices.access import NO_VOICE, get_voice_for
from voices.library.pages import library_page
from voices.library.search import count
from voices.models import Voice
from voices.web.api.auth import ApiRequest
from voices.web.api.schemas import VoiceList, page_of
from voices.web.api.site import site_of
from voices.web.api.voice_fields import VoiceSchema, voice_object
from voices.web.api.voice_query import VoiceQuery, parameters, read_query

router = Router(tags=["Voices"])


@router.get(
    "",
    response=VoiceList,
    operation_id="listVoices",
    summary="List voices",
    openapi_extra={"parameters": parameters()},
)
def list_voices(request: ApiRequest) -> dict[str, Any]:
    """Return the voices that match the filters, in the order asked for. Deleted ones are not listed."""
    query = read_query(request.GET)
    found = library_page(
        request.member, filters=query.filters, cursor=query.cursor, size=query.size, parts=("account",)
    )
    prefetch_related_objects(list(found.voices), "aliases")
    site = site_of(request)
    return page_of(
        [voice_object(voice, site) for voice in found.voices],
        following=_address(request, query, found.next_cursor),
        total=count(request.member, query.filters) if query.with_total else None,
    )


def _address(request: ApiRequest, query: VoiceQuery, cursor: str) -> str | None:
    if not cursor:
        return None
    return f"{site_of(request)}{request.path}?{urlencode([*query.pairs(), ('cursor', cursor)])}"


def find_voice(request: ApiRequest, voice_id: UUID) -> Voice:
    """Return a voice of the library that was not deleted. Raises Http404."""
    voice = get_voice_for(request.member, voice_id)
    if voice.deleted_at is not None:
        raise Http404(NO_VOICE)
    return voice


@router.get("/{uuid:voice_id}", response=VoiceSchema, operation_id="getVoice", summary="Get a voice")
def get_voice(request: ApiRequest, voice_id: UUID) -> dict[str, Any]:
    """Return one voice by its id in this library."""
    return voice_object(find_voice(request, voice_id), site_of(request))
