"""Downloads of the library: the voices that match the filters, or the selected ones."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from voices.access import Verb, require
from voices.actions.exports import record_export
from voices.library import export
from voices.library.filters import parse, parse_query
from voices.library.search import matching
from voices.library.selection import MAX_BY_HAND
from voices.models import Voice
from voices.web.bulk.form import read_selection
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.library_url import posted_library_url
from voices.web.streams import streamed

FORMATS = {
    "csv": ("text/csv; charset=utf-8", export.as_csv),
    "json": ("application/json", export.as_json),
}


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def library(request: StudioRequest) -> HttpResponse:
    """Download the voices that match the URL's filters, or a form's selection, as CSV or JSON. Audited."""
    require(request.member, Verb.SEE_LIBRARY)
    try:
        voices, selection = _selected(request)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect_after_post(request, posted_library_url(request))
    sent = request.POST if request.method == "POST" else request.GET
    kind = "json" if sent.get("format") == "json" else "csv"
    if request.method == "HEAD":
        return HttpResponse(headers=_headers(request, kind), content_type=FORMATS[kind][0])
    record_export(member=request.member, kind=kind, query=selection, count=voices.count())
    content_type, as_parts = FORMATS[kind]
    parts = as_parts(export.rows(voices))
    return streamed(request, parts, content_type=content_type, headers=_headers(request, kind))


def _selected(request: StudioRequest) -> tuple[QuerySet[Voice], str]:
    """Return the voices to export and the selection in words, for the audit trail."""
    if request.method == "POST" and request.POST.get("all") != "1":
        chosen = read_selection(request.member, request.POST, limit=MAX_BY_HAND)
        return Voice.objects.of_team(request.member.team).filter(pk__in=chosen.ids), chosen.summary
    filters = parse_query(request.POST.get("query", "")) if request.method == "POST" else parse(request.GET)
    return matching(request.member, filters), filters.to_query()


def _headers(request: StudioRequest, kind: str) -> dict[str, str]:
    team = slugify(request.member.team.name, allow_unicode=True) or "team"
    name = f"voices-{team}-{timezone.localdate():%Y-%m-%d}.{kind}"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
