"""Reading voices."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from ninja import Router

from voices.access import Verb, require
from voices.library.search import count
from voices.library.voice_rows import rows_page, voice_row
from voices.web.api.auth import ApiRequest
from voices.web.api.rendering import json_response
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
def list_voices(request: ApiRequest) -> HttpResponse:
    """Return the voices that match the filters, in the order asked for. Deleted ones are not listed."""
    query = read_query(request.GET)
    require(request.member, Verb.SEE_LIBRARY)
    found = rows_page(request.member, filters=query.filters, cursor=query.cursor, size=query.size)
    site = site_of(request)
    return json_response(
        page_of(
            [voice_object(row, site) for row in found.rows],
            following=_address(request, query, found.next_cursor),
            total=count(request.member, query.filters) if query.with_total else None,
        )
    )


def _address(request: ApiRequest, query: VoiceQuery, cursor: str) -> str | None:
    if not cursor:
        return None
    return f"{site_of(request)}{request.path}?{urlencode([*query.pairs(), ('cursor', cursor)])}"


@router.get("/{uuid:voice_id}", response=VoiceSchema, operation_id="getVoice", summary="Get a voice")
def get_voice(request: ApiRequest, voice_id: UUID) -> HttpResponse:
    """Return one voice by its id in this library."""
    return send_voice(request, voice_id)


def send_voice(request: ApiRequest, voice_id: UUID) -> HttpResponse:
    """Answer with a voice as it is now. Raises Http404."""
    return json_response(voice_object(voice_row(request.member, voice_id), site_of(request)))
