"""Exporting voices as a pack: a preview of its content, then the file."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from voices.access import Verb, require
from voices.actions import NotPossibleError
from voices.actions.packs.exporting import export_pack, plan_export
from voices.audio.wording import megabytes
from voices.kit.packed_voices import MAX_VOICES
from voices.library.selection import MAX_BY_HAND
from voices.models import Voice
from voices.web.bulk.form import read_selection
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.library_url import posted_library_url
from voices.web.streams import streamed


@require_http_methods(["GET", "HEAD", "POST"])  # a login in between redirects back by GET
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show what a pack of the selected voices holds; with `sure`, send the pack. Audited."""
    require(request.member, Verb.CLONE)
    if request.method != "POST":
        return redirect_after_post(request, reverse("voices:library"))
    try:
        plan = plan_export(member=request.member, voices=_selected(request), now=timezone.now())
        if request.POST.get("sure") == "1":
            parts = export_pack(member=request.member, plan=plan, now=timezone.now())
            return streamed(request, parts, content_type="application/zip", headers=_headers(request))
    except (ValidationError, NotPossibleError) as problem:
        words = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
        messages.error(request, " ".join(words))
        return redirect_after_post(request, posted_library_url(request))
    context = {
        "page": "library",
        "plan": plan,
        "size": megabytes(plan.size_bytes),
        "back": posted_library_url(request),
        "query": request.POST.get("query", ""),
        "shown": plan.voices[:MAX_VOICES],
    }
    return render(request, "packs/export.html", context, status=422 if plan.problem else 200)


def _selected(request: StudioRequest) -> QuerySet[Voice]:
    """Return the selected voices, at most one more than a pack may have."""
    chosen = read_selection(request.member, request.POST, limit=MAX_BY_HAND)
    return Voice.objects.of_team(request.member.team).filter(pk__in=chosen.ids)


def _headers(request: StudioRequest) -> dict[str, str]:
    team = slugify(request.member.team.name, allow_unicode=True) or "team"
    name = f"voice-pack-{team}-{timezone.localdate():%Y-%m-%d}.zip"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
