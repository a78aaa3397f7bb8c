"""The clone page: the form, and what becomes of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from voices.access import Verb, get_job_for, get_sample_for, may, require
from voices.actions.clone.samples import RefusedSampleError, keep_sample
from voices.actions.clone.submit import (
    NameInUseError,
    NotPossibleError,
    can_cancel,
    can_retry,
    cancel_clone,
    dismiss_clone,
    retry_clone,
    submit_clone,
    submitted_before,
)
from voices.audio.findings import Finding
from voices.kit.languages import LANGUAGES
from voices.library.history import replaced_by
from voices.library.quota import Quota, quotas_in, quotas_of
from voices.models import ApiKey, CloneJob, Sample
from voices.web.clone.form import (
    CloneForm,
    new_form_token,
    read_form_token,
    read_sample,
    said_before,
    sign_sample,
)
from voices.web.clone.messages import errors_to_mend, job_words
from voices.web.clone.uploads import received
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.voice.details import consent_fact, recording_facts


def _usable_keys(request: StudioRequest) -> list[ApiKey]:
    return [key for key in ApiKey.objects.owned_by(request.user) if key.can_clone]


def _full(keys: list[ApiKey]) -> list[tuple[ApiKey, Quota]]:
    """The keys whose account has no room, the first of each account."""
    full = {one.account: one for one in quotas_in(key.account for key in keys if key.account) if one.is_full}
    first = {key.account: key for key in reversed(keys)}
    return [(key, full[account]) for account, key in first.items() if account in full]


def _show(
    request: StudioRequest,
    form: CloneForm,
    *,
    sample: Sample | None,
    finding: Finding | None = None,
    status: int = 200,
) -> HttpResponse:
    full = _full(form.keys)
    context = {
        "page": "clone",
        "form": form,
        "full_keys": full,
        "full_ids": {key.pk for key in form.keys if key.account in {one.account for _, one in full}},
        "anyway": request.POST.get("anyway") == "1",
        "slots": quotas_of(request.member),
        "form_token": new_form_token(),
        "sample": sample,
        "sample_token": sign_sample(request.member, sample) if sample else "",
        "finding": finding,
        "keys": form.keys,
        "languages": LANGUAGES,
        "can_clone": may(request.member, Verb.CLONE),
    }
    template = "clone/_form.html" if request.htmx else "clone/page.html"
    return render(request, template, context, status=status)


def page(request: StudioRequest) -> HttpResponse:
    """The form, or its submission."""
    return submit(request) if request.method == "POST" else start(request)


@require_safe
@team_page
def start(request: StudioRequest) -> HttpResponse:
    """An empty form; with `?again=<job>` filled from a clone that failed, its recording kept and its errors beside."""
    keys = _usable_keys(request)
    try:
        job = get_job_for(request.member, UUID(request.GET["again"]))
    except (KeyError, ValueError):
        return _show(request, CloneForm(keys=keys, initial={"language": "en"}), sample=None)
    typed = {"name": job.name, "description": job.description, "language": job.language}
    form = CloneForm(typed | said_before(job.consent), keys=keys)
    form.full_clean()
    for field, told in errors_to_mend(job):
        form.add_error(field if field in form.fields else None, told)
    return _show(request, form, sample=job.sample)


def _take_sample(request: StudioRequest, form: CloneForm) -> tuple[Sample | None, Finding | None]:
    """The recording that came with the form or was kept from the last try; what is wrong stands beside the field."""
    files = request.FILES.getlist("file")
    if len(files) > 1:
        form.add_error("file", "Choose only one recording.")
        return None, None
    if files:
        return _keep(request, form, files[0])
    kept = read_sample(request.member, request.POST.get("sample", ""))
    sample = get_sample_for(request.member, kept) if kept else None
    if sample is None:
        form.add_error("file", "Choose a recording. A WAV or MP3 file of 30 to 60 seconds works best.")
    return sample, None


def _keep(
    request: StudioRequest, form: CloneForm, file: "UploadedFile[Any]"
) -> tuple[Sample | None, Finding | None]:
    kept, sha256 = received(file)
    try:
        sample = keep_sample(member=request.member, file=kept, sha256=sha256)
    except RefusedSampleError as refused:
        form.add_error("file", refused.finding.message)
        return None, refused.finding
    return sample, None


@require_POST
@team_page
def submit(request: StudioRequest) -> HttpResponse:
    """A clone job from the form; 422 with every error beside its field otherwise, the recording kept."""
    require(request.member, Verb.CLONE)
    token = read_form_token(request.POST.get("form_token", ""))
    if token and (first := submitted_before(member=request.member, form_token=token)):
        return redirect_after_post(request, reverse("voices:clone-job", args=[first.pk]))
    form = CloneForm(request.POST, keys=_usable_keys(request))
    form.full_clean()
    sample, finding = _take_sample(request, form)
    if token is None:
        form.add_error(
            None, "This form was open for more than a day. Nothing you entered is lost: send it again."
        )
    _require_room(request, form)
    if form.is_valid() and sample and token:
        job = _submit(request, form, sample, token)
        if job:
            return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))
    return _show(request, form, sample=sample, finding=finding, status=422)


def _require_room(request: StudioRequest, form: CloneForm) -> None:
    """The chosen account has room, or the person knows better; if not, that stands beside the key."""
    key = form.cleaned_data.get("key")
    if key is None or request.POST.get("anyway") == "1":
        return
    for _, slots in _full([key]):
        form.add_error(
            "key", f"{slots.account} is full: {slots.used} of {slots.allowed} voices. Delete one first."
        )


def _submit(request: StudioRequest, form: CloneForm, sample: Sample, token: UUID) -> CloneJob | None:
    typed = {name: form.cleaned_data[name] for name in ("name", "description", "language", "key")}
    try:
        return submit_clone(
            member=request.member, sample=sample, consent=form.stated(), form_token=token, **typed
        )
    except NameInUseError as problem:
        form.add_error("name", str(problem))
    except NotPossibleError as problem:
        form.add_error("key", str(problem))
    return None


@require_safe
@team_page
def job(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """A clone's card: its state in words, then the voice; htmx asks for it again while it lives."""
    return _show_job(request, get_job_for(request.member, job_id))


def _show_job(request: StudioRequest, job: CloneJob) -> HttpResponse:
    voice = getattr(job, "voice", None)
    words = job_words(job, now=timezone.now())
    context = {
        "page": "clone",
        "job": job,
        "sentence": words.sentence,
        "tone": words.tone,
        "recording": recording_facts(job.sample),
        "consent": consent_fact(job),
        "voice": voice,
        "preview": getattr(voice, "preview", None),
        "replaced": replaced_by(job) if voice else None,
        "can_retry": can_retry(job) and may(request.member, Verb.CLONE),
        "can_cancel": can_cancel(job),
    }
    return render(request, "clone/_job.html" if request.htmx else "clone/job.html", context)


def _change(request: StudioRequest, job_id: UUID, change: Callable[..., CloneJob]) -> CloneJob:
    """The job, changed if that is still possible; if not, a message says why."""
    require(request.member, Verb.CLONE)  # before the fetch: a viewer is told so, whosever the job is
    job = get_job_for(request.member, job_id)
    try:
        change(member=request.member, job=job)
    except (NotPossibleError, NameInUseError) as problem:
        messages.error(request, str(problem))
    return job


@require_POST
@team_page
def retry(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Tries a failed clone again, with the recording that was kept."""
    job = _change(request, job_id, retry_clone)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))


@require_POST
@team_page
def cancel(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Cancels a clone of which nothing was sent yet."""
    job = _change(request, job_id, cancel_clone)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))


@require_POST
@team_page
def dismiss(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Takes a failed clone off the library page."""
    _change(request, job_id, dismiss_clone)
    return redirect_after_post(request, reverse("voices:library"))
