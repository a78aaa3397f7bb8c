"""Importing a voice pack: the upload, the review, and the report."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.defaults import bad_request

from voices.access import Verb, get_pack_for, get_pack_row_for, require
from voices.actions import NotPossibleError
from voices.actions.packs.importing import retry_import, save_import, start_import
from voices.actions.packs.receiving import discard_pack, receive_pack, require_own
from voices.actions.packs.reviewing import review_pack
from voices.kit.packs import PACK_BYTES, PackError
from voices.library.packs import recent_imports, report_of
from voices.models import PackImport, PackState
from voices.web.clone.form import usable_keys
from voices.web.clone.recording import is_complete
from voices.web.clone.uploads import received
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.packs.drafts import drafts_of
from voices.web.packs.form import KeyChoice, PackForm, read_consent, read_key, read_rows

NONE_CHOSEN = "Choose a voice pack."
STARTED = "The import is in progress."


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the upload form, or store an uploaded pack and redirect to its review."""
    require(request.member, Verb.CLONE)
    if request.method != "POST":
        return _show_upload(request)
    if not is_complete(request):
        return bad_request(request, BadRequest("cut off"))
    files = request.FILES.getlist("file")
    if len(files) != 1:
        return _show_upload(request, error=NONE_CHOSEN)
    file, sha256 = received(files[0])
    key = next(iter(usable_keys(request.user)), None)
    try:
        pack = receive_pack(member=request.member, key=key, file=file, sha256=sha256, now=timezone.now())
    except PackError as problem:
        return _show_upload(request, error=str(problem))
    return redirect_after_post(request, reverse("voices:pack-import", args=[pack.pk]))


def _show_upload(request: StudioRequest, *, error: str = "") -> HttpResponse:
    context = {
        "page": "library",
        "recent": recent_imports(request.member),
        "error": error,
        "most": PACK_BYTES // 1_000_000,
    }
    return render(request, "packs/page.html", context, status=422 if error else 200)


@require_safe
@team_page
def show(request: StudioRequest, pack_id: UUID) -> HttpResponse:
    """Show the review of a pack, or its report; for htmx, which polls, only the report."""
    require(request.member, Verb.CLONE)
    return _show(request, get_pack_for(request.member, pack_id))


def _show(
    request: StudioRequest, pack: PackImport, *, form: PackForm | None = None, error: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {"page": "library", "pack": pack, "error": error}
    context["is_own"] = pack.actor_id == request.user.pk
    if pack.state == PackState.OPEN:
        context |= _form_context(request, pack, form)
        template = "packs/import.html"
    else:
        context["report"] = report_of(pack)
        template = "packs/_report.html" if request.htmx else "packs/report.html"
    return render(request, template, context, status=422 if error else 200)


def _form_context(request: StudioRequest, pack: PackImport, form: PackForm | None) -> dict[str, Any]:
    keys = usable_keys(request.user)
    key = pack.key if pack.key in keys else next(iter(keys), None)
    reviews = review_pack(pack, pack.rows.all(), key=key, now=timezone.now())
    form = form or PackForm(initial=pack.consent, team=pack.team, reviews=reviews)
    return {
        "form": form,
        "keys": keys,
        "key_form": KeyChoice(initial={"key": str(key.pk) if key else ""}),
        "drafts": drafts_of(reviews, is_sent=form.is_bound),
        "can_import": bool(keys) and any(one.can_be_made for one in reviews),
    }


@sensitive_post_parameters()
@sensitive_variables()
@require_POST
@team_page
def start(request: StudioRequest, pack_id: UUID) -> HttpResponse:
    """Store what was typed, then start the import if nothing is missing and not only a `check` was requested."""
    require(request.member, Verb.CLONE)
    pack = get_pack_for(request.member, pack_id)
    require_own(request.member, pack)
    keys = usable_keys(request.user)
    key, now = read_key(request.POST, keys, pack), timezone.now()
    try:
        reviews = review_pack(pack, pack.rows.all(), key=key, now=now)
        save_import(
            member=request.member, pack=pack, key=key, consent=read_consent(request.POST),
            rows=read_rows(request.POST, reviews), now=now,
        )  # fmt: skip
        if "check" in request.POST:
            return redirect_after_post(request, reverse("voices:pack-import", args=[pack.pk]))
        reviews = review_pack(pack, pack.rows.all(), key=key, now=now)
        form = PackForm(request.POST, team=pack.team, reviews=reviews)
        if not form.is_valid():
            return _show(request, pack, form=form, error="Something is missing. See below.")
        start_import(member=request.member, pack=pack, now=now)
    except NotPossibleError as problem:
        if pack.state == PackState.OPEN:
            return _show(
                request,
                pack,
                form=PackForm(request.POST, team=pack.team, reviews=reviews),
                error=str(problem),
            )
        messages.error(request, str(problem))
    return redirect_after_post(request, reverse("voices:pack-import", args=[pack.pk]))


@require_POST
@team_page
def retry(request: StudioRequest, pack_id: UUID) -> HttpResponse:
    """Retry the failed voices."""
    require(request.member, Verb.CLONE)
    pack = get_pack_for(request.member, pack_id)
    try:
        if not retry_import(member=request.member, pack=pack, now=timezone.now()):
            messages.info(request, "There is nothing to retry.")
    except NotPossibleError as problem:
        messages.error(request, str(problem))
    return redirect_after_post(request, reverse("voices:pack-import", args=[pack.pk]))


@require_POST
@team_page
def discard(request: StudioRequest, pack_id: UUID) -> HttpResponse:
    """Delete an import that was not started."""
    require(request.member, Verb.CLONE)
    pack = get_pack_for(request.member, pack_id)
    if not discard_pack(member=request.member, pack=pack, now=timezone.now()):
        messages.error(request, STARTED)
        return redirect_after_post(request, reverse("voices:pack-import", args=[pack.pk]))
    return redirect_after_post(request, reverse("voices:pack-imports"))


@require_safe
@team_page
def receipt(request: StudioRequest, row_id: UUID) -> HttpResponse:
    """Download the consent receipt of a packed voice, unchanged."""
    require(request.member, Verb.CLONE)
    row = get_pack_row_for(request.member, row_id)
    if not row.receipt:
        raise Http404("There is no receipt for this voice.")
    headers = {"Content-Disposition": f'attachment; filename="receipt-{row.source}.json"'}
    return HttpResponse(row.receipt, content_type="application/json", headers=headers)
