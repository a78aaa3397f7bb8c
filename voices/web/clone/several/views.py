"""Several recordings at once: choosing and uploading them, correcting what was guessed, submitting, retrying."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django.views.defaults import bad_request

from voices.access import Verb, get_batch_for, get_batch_row_for, require
from voices.actions.clone.batches import (
    MAX_ROWS,
    NOT_YOURS,
    BusyError,
    FilesRefusedError,
    ListedFile,
    add_files,
    discard_unsubmitted,
    open_batch,
    remove_row,
    retry_failed,
    save_batch,
    store_batch_file,
    submit_row,
)
from voices.kit import languages
from voices.library.batches import counts_of, recent_batches, rows_of
from voices.library.quota import quotas_of
from voices.models import CloneBatch, CloneBatchRow
from voices.web.clone.form import usable_keys
from voices.web.clone.recording import is_complete
from voices.web.clone.several.drafts import clone_values, drafts_of, preparations
from voices.web.clone.several.form import (
    AT_ONCE,
    BatchForm,
    batch_form,
    listed_uploads,
    read_batch,
    read_files,
    read_rows,
)
from voices.web.clone.several.lines import submitted_lines
from voices.web.clone.show import ACCEPT, quota_context
from voices.web.clone.uploads import received
from voices.web.http import StudioRequest, redirect_after_post, team_page

RETRY_SECONDS = 5
NOTHING_READY = "No recordings are ready. Fix the problems below, or upload more."


def _context(request: StudioRequest, batch: CloneBatch, *, form: BatchForm | None = None) -> dict[str, Any]:
    keys = usable_keys(request.user)
    rows = rows_of(batch)
    drafts = drafts_of(batch, rows)
    counts = counts_of(batch, rows)
    anyway = request.POST.get("anyway") == "1"
    return {
        "page": "clone",
        "batch": batch,
        "form": form or batch_form(batch, keys),
        "keys": keys,
        "drafts": drafts,
        "counts": counts,
        "preparations": preparations(drafts, counts),
        "lines": submitted_lines(rows),
        "languages": languages.choices(),
        "may_change": batch.actor_id == request.user.pk,
        "anyway": anyway,
        "to_send": len(drafts.ready if anyway else drafts.fitting),
        "slots": quotas_of(request.member),
        **quota_context(request.member),
    }


def _show(
    request: StudioRequest,
    batch: CloneBatch | None,
    *,
    form: BatchForm | None = None,
    error: str = "",
    waiting: list[CloneBatchRow | None] | None = None,
) -> HttpResponse:
    """Show the batch, or the page on which one begins; `waiting` are the rows for the files that a script listed."""
    context: dict[str, Any] = {"page": "clone", "accept": ACCEPT, "slots": quotas_of(request.member)}
    context |= {"max_rows": MAX_ROWS, "at_once": AT_ONCE}
    context |= _context(request, batch, form=form) if batch else {"recent": recent_batches(request.member)}
    context["error"] = error
    context["waiting"] = ",".join(str(row.pk) if row else "" for row in waiting or ())
    template = "several/_several.html" if request.htmx else "several/page.html"
    status = 422 if error or (form and form.errors) else 200
    answer = render(request, template, context, status=status)
    if request.htmx and batch and waiting is not None and "batch" not in request.POST:
        answer["HX-Push-Url"] = reverse("voices:several-batch", args=[batch.pk])
    return answer


def page(request: StudioRequest) -> HttpResponse:
    """Show the page that starts a batch, or add files to one."""
    return choose(request) if request.method == "POST" else start(request)


@require_safe
@team_page
def start(request: StudioRequest) -> HttpResponse:
    """Show the page that starts a batch; without a usable key, redirect to the clone page, which says what to do."""
    require(request.member, Verb.CLONE)
    if not usable_keys(request.user):
        return redirect_after_post(request, reverse("voices:clone"))
    return _show(request, None)


@require_POST
@team_page
def choose(request: StudioRequest) -> HttpResponse:
    """Add the listed files to a batch, a new one unless it is named; without script, with their content."""
    require(request.member, Verb.CLONE)
    if not is_complete(request):
        return bad_request(request, BadRequest("cut off"))
    batch = _named_batch(request)
    uploads = request.FILES.getlist("file")
    try:
        files = listed_uploads(uploads) if uploads else read_files(request.POST)
        batch, rows = _add(request, batch, files)
    except (FilesRefusedError, ValidationError) as problem:
        error = problem.messages[0] if isinstance(problem, ValidationError) else str(problem)
        return _show(request, batch, error=error)
    for row, file in zip(rows, uploads, strict=False):
        _keep(request, row, file)
    if request.htmx:
        return _show(request, batch, waiting=rows)
    return redirect_after_post(request, reverse("voices:several-batch", args=[batch.pk]))


def _named_batch(request: StudioRequest) -> CloneBatch | None:
    try:
        return get_batch_for(request.member, UUID(request.POST["batch"]))
    except (KeyError, ValueError):
        return None


def _add(
    request: StudioRequest, batch: CloneBatch | None, files: list[ListedFile]
) -> tuple[CloneBatch, list[CloneBatchRow | None]]:
    now = timezone.now()
    if batch is not None:
        return batch, add_files(member=request.member, batch=batch, files=files, now=now)
    key = next(iter(usable_keys(request.user)), None)
    return open_batch(member=request.member, key=key, files=files, now=now)


def _keep(request: StudioRequest, row: CloneBatchRow | None, file: "UploadedFile[Any]") -> bool:
    """Examine and store a file. Return False if Voice Studio is too busy, so that the row keeps waiting."""
    if row is None:
        return True
    upload, sha256 = received(file)
    try:
        store_batch_file(member=request.member, row=row, file=upload, sha256=sha256)
    except BusyError:
        return False
    return True


@require_POST
@team_page
def upload(request: StudioRequest) -> HttpResponse:
    """Examine and store the file that a row waits for; show the row for the page's script."""
    require(request.member, Verb.CLONE)
    files = request.FILES.getlist("file")
    if not is_complete(request) or len(files) != 1 or not request.POST.get("row", "").isdecimal():
        return bad_request(request, BadRequest("cut off"))
    row = get_batch_row_for(request.member, int(request.POST["row"][:18]))
    if not _keep(request, row, files[0]):
        return HttpResponse(status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    if not request.htmx:
        return redirect_after_post(request, reverse("voices:several-batch", args=[row.batch_id]))
    context = _context(request, row.batch)
    context["draft"] = next((one for one in context["drafts"].all if one.row.pk == row.pk), None)
    return render(request, "several/_uploaded.html", context)


@require_safe
@team_page
@gzip_page
def batch(request: StudioRequest, batch_id: UUID) -> HttpResponse:
    """Show a batch; for htmx, which polls, only its submitted files."""
    found = get_batch_for(request.member, batch_id)
    if request.htmx:
        return render(request, "several/_progress.html", _context(request, found))
    return _show(request, found)


def _own_batch(request: StudioRequest, batch_id: UUID) -> CloneBatch:
    require(request.member, Verb.CLONE)  # before the fetch: a viewer gets 403 for any batch
    found = get_batch_for(request.member, batch_id)
    if found.actor_id != request.user.pk:
        raise PermissionDenied(NOT_YOURS)
    return found


def _save(request: StudioRequest, batch: CloneBatch) -> CloneBatch:
    values = read_batch(request.POST, usable_keys(request.user), batch)
    rows = read_rows(request.POST, rows_of(batch))
    save_batch(member=request.member, batch=batch, values=values, rows=rows, now=timezone.now())
    return get_batch_for(request.member, batch.pk)


def _changed(request: StudioRequest, batch: CloneBatch) -> HttpResponse:
    """Show what a change means for the whole batch: errors, counts and the button; without htmx the page."""
    if request.htmx:
        return render(request, "several/_summary.html", _context(request, batch) | {"oob": True})
    return redirect_after_post(request, reverse("voices:several-batch", args=[batch.pk]))


@require_POST
@team_page
def save(request: StudioRequest, batch_id: UUID) -> HttpResponse:
    """Store what was typed, valid or not."""
    return _changed(request, _save(request, _own_batch(request, batch_id)))


@require_POST
@team_page
def remove(request: StudioRequest, batch_id: UUID) -> HttpResponse:
    """Store what was typed, and remove one file from the batch."""
    found = _save(request, _own_batch(request, batch_id))
    row = request.POST.get("row", "")
    if row.isascii() and row.isdecimal():
        remove_row(member=request.member, batch=found, row_id=int(row[:18]), now=timezone.now())
    return _changed(request, found)


@require_POST
@team_page
def discard(request: StudioRequest, batch_id: UUID) -> HttpResponse:
    """Remove the unsubmitted files, then show the rest, or the page that starts a batch."""
    found = _own_batch(request, batch_id)
    gone = discard_unsubmitted(member=request.member, batch=found, now=timezone.now())
    where = reverse("voices:several") if gone else reverse("voices:several-batch", args=[found.pk])
    return redirect_after_post(request, where)


@require_POST
@team_page
def submit(request: StudioRequest, batch_id: UUID) -> HttpResponse:
    """Store what was typed, and submit the ready files that fit into the account, or all ready ones on request."""
    found = _save(request, _own_batch(request, batch_id))
    form = batch_form(found, usable_keys(request.user), request.POST)
    drafts = drafts_of(found, rows_of(found))
    chosen = drafts.ready if request.POST.get("anyway") == "1" else drafts.fitting
    if not chosen:
        messages.error(request, NOTHING_READY)
    elif not form.is_valid():
        return _show(request, found, form=form)
    for draft in chosen:
        submit_row(member=request.member, row=draft.row, now=timezone.now(), **clone_values(draft, form))
    return redirect_after_post(request, reverse("voices:several-batch", args=[found.pk]))


@require_POST
@team_page
def retry(request: StudioRequest, batch_id: UUID) -> HttpResponse:
    """Retry the clones of the batch that failed."""
    require(request.member, Verb.CLONE)
    found = get_batch_for(request.member, batch_id)
    retried, reasons = retry_failed(member=request.member, batch=found, now=timezone.now())
    for reason in reasons:
        messages.error(request, reason)
    if not retried and not reasons:
        messages.info(request, "There is nothing to retry.")
    return redirect_after_post(request, reverse("voices:several-batch", args=[found.pk]))
