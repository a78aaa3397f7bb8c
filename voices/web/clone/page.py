"""The clone page: the form, and the jobs it starts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
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
    NotPossibleError,
    can_cancel,
    can_retry,
    cancel_clone,
    dismiss_clone,
    look_now,
    retry_clone,
    submit_clone,
    submitted_before,
)
from voices.actions.voice.names import NameInUseError
from voices.audio.findings import Finding
from voices.kit.languages import LANGUAGES
from voices.library.quota import Quota, quotas_in, quotas_of
from voices.models import ApiKey, CloneJob, Sample, State
from voices.web.clone.form import (
    CloneForm,
    consent_values,
    new_form_token,
    read_form_token,
    read_sample,
    sign_sample,
)
from voices.web.clone.messages import errors_to_fix, job_message
from voices.web.clone.uploads import received
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.voice.details import consent_fact, recording_facts


def _usable_keys(request: StudioRequest) -> list[ApiKey]:
    return [key for key in ApiKey.objects.owned_by(request.user) if key.can_clone]


def _full_accounts(keys: list[ApiKey]) -> list[tuple[ApiKey, Quota]]:
    """Return the accounts that are full, each with the first of the keys for it."""
    full = {one.account: one for one in quotas_in(key.account for key in keys if key.account) if one.is_full}
    first = {key.account: key for key in reversed(keys)}
    return [(key, full[account]) for account, key in first.items() if account in full]


def _first_choice(keys: list[ApiKey]) -> str:
    """Return the id of the key to select first: the default one, unless it is full and another has room."""
    full = {quota.account for _, quota in _full_accounts(keys)}
    return next((str(key.pk) for key in keys if key.account not in full), "")


def _show(
    request: StudioRequest,
    form: CloneForm,
    *,
    sample: Sample | None,
    finding: Finding | None = None,
    status: int = 200,
) -> HttpResponse:
    full = _full_accounts(form.keys)
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
        "sandbox": settings.SANDBOX,
    }
    template = "clone/_form.html" if request.htmx else "clone/page.html"
    return render(request, template, context, status=status)


def page(request: StudioRequest) -> HttpResponse:
    """Show the clone form, or submit it."""
    return submit(request) if request.method == "POST" else start(request)


@require_safe
@team_page
def start(request: StudioRequest) -> HttpResponse:
    """Show an empty form, or with `?again=<job>` the values, recording and errors of a failed clone."""
    keys = _usable_keys(request)
    try:
        job = get_job_for(request.member, UUID(request.GET["again"]))
    except (KeyError, ValueError):
        initial = {"language": "en", "key": _first_choice(keys)}
        return _show(request, CloneForm(keys=keys, initial=initial), sample=None)
    typed = {"name": job.name, "description": job.description, "language": job.language}
    form = CloneForm(typed | consent_values(job.consent), keys=keys)
    form.full_clean()
    for field, error in errors_to_fix(job):
        form.add_error(field if field in form.fields else None, error)
    return _show(request, form, sample=job.sample)


def _read_sample_field(request: StudioRequest, form: CloneForm) -> tuple[Sample | None, Finding | None]:
    """Return the uploaded recording, or the stored one of the last try. Add errors to the form."""
    files = request.FILES.getlist("file")
    if len(files) > 1:
        form.add_error("file", "Choose only one recording.")
        return None, None
    if files:
        return _store_sample(request, form, files[0])
    sample_id = read_sample(request.member, request.POST.get("sample", ""))
    sample = get_sample_for(request.member, sample_id) if sample_id else None
    if sample is None:
        form.add_error("file", "Choose a recording. A WAV or MP3 file of 30 to 60 seconds works best.")
    return sample, None


def _store_sample(
    request: StudioRequest, form: CloneForm, file: "UploadedFile[Any]"
) -> tuple[Sample | None, Finding | None]:
    upload, sha256 = received(file)
    try:
        sample = keep_sample(member=request.member, file=upload, sha256=sha256)
    except RefusedSampleError as refused:
        form.add_error("file", refused.finding.message)
        return None, refused.finding
    return sample, None


@require_POST
@team_page
def submit(request: StudioRequest) -> HttpResponse:
    """Start a clone job, or show the form with its errors. The recording is stored in either case."""
    require(request.member, Verb.CLONE)
    token = read_form_token(request.POST.get("form_token", ""))
    if token and (first := submitted_before(member=request.member, form_token=token)):
        return redirect_after_post(request, reverse("voices:clone-job", args=[first.pk]))
    form = CloneForm(request.POST, keys=_usable_keys(request))
    form.full_clean()
    sample, finding = _read_sample_field(request, form)
    if token is None:
        form.add_error(
            None, "This form was open for more than a day. Nothing you entered is lost: send it again."
        )
    _check_quota(request, form)
    if form.is_valid() and sample and token:
        job = _submit(request, form, sample, token)
        if job:
            return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))
    return _show(request, form, sample=sample, finding=finding, status=422)


def _check_quota(request: StudioRequest, form: CloneForm) -> None:
    """Add an error to the key if its account is full, unless the person chose to send anyway."""
    key = form.cleaned_data.get("key")
    if key is None or request.POST.get("anyway") == "1":
        return
    for _, quota in _full_accounts([key]):
        form.add_error(
            "key", f"{quota.account} is full: {quota.used} of {quota.allowed} voices. Delete one first."
        )


def _submit(request: StudioRequest, form: CloneForm, sample: Sample, token: UUID) -> CloneJob | None:
    typed = {name: form.cleaned_data[name] for name in ("name", "description", "language", "key")}
    try:
        return submit_clone(
            member=request.member,
            sample=sample,
            consent=form.to_consent(),
            form_token=token,
            now=timezone.now(),
            **typed,
        )
    except NameInUseError as problem:
        form.add_error("name", str(problem))
    except NotPossibleError as problem:
        form.add_error("key", str(problem))
    return None


@require_safe
@team_page
def job(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Show a clone job: its state in words, then the voice. htmx polls it while it is in progress."""
    return _show_job(request, get_job_for(request.member, job_id))


def _show_job(request: StudioRequest, job: CloneJob) -> HttpResponse:
    voice = getattr(job, "voice", None)
    message = job_message(job, now=timezone.now())
    context = {
        "page": "clone",
        "job": job,
        "sentence": message.sentence,
        "tone": message.tone,
        "recording": recording_facts(job.sample),
        "consent": consent_fact(job),
        "voice": voice,
        "preview": getattr(voice, "preview", None),
        "replaced": job.replaces if voice else None,
        "can_look": job.state == State.UNKNOWN and may(request.member, Verb.CLONE),
        "can_retry": can_retry(job) and may(request.member, Verb.CLONE),
        "can_cancel": can_cancel(job),
    }
    return render(request, "clone/_job.html" if request.htmx else "clone/job.html", context)


def _change(request: StudioRequest, job_id: UUID, change: Callable[..., CloneJob]) -> CloneJob:
    """Change the job if that is still possible; if not, add a message that says why."""
    require(request.member, Verb.CLONE)  # before the fetch: a viewer gets 403 for any job
    job = get_job_for(request.member, job_id)
    try:
        change(member=request.member, job=job, now=timezone.now())
    except (NotPossibleError, NameInUseError) as problem:
        messages.error(request, str(problem))
    return job


@require_POST
@team_page
def retry(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Retry a failed clone with its stored recording."""
    job = _change(request, job_id, retry_clone)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))


@require_POST
@team_page
def look(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Look up at once whether a clone with an unknown outcome has made its voice."""
    job = _change(request, job_id, look_now)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))


@require_POST
@team_page
def cancel(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Cancel a clone that was not sent yet."""
    job = _change(request, job_id, cancel_clone)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))


@require_POST
@team_page
def dismiss(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Dismiss a failed clone from the library page."""
    _change(request, job_id, dismiss_clone)
    return redirect_after_post(request, reverse("voices:library"))
