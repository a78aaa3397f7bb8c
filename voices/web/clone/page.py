"""The clone page: the form, and the jobs it starts."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django.views.defaults import bad_request

from voices.access import Verb, get_job_for, get_request_for, may, require
from voices.actions import NotPossibleError
from voices.actions.clone.submit import (
    CloneValues,
    FormValues,
    QuotaReachedError,
    can_cancel,
    can_retry,
    cancel_clone,
    look_up_now,
    retry_clone,
    submit_clone,
    submitted_before,
)
from voices.actions.consents.stating import ConsentError
from voices.actions.voice.names import NameInUseError
from voices.library.approvals import waiting_for
from voices.library.quota import full_accounts
from voices.library.speaker_requests import came_by_link
from voices.models import CloneJob, Consent, State
from voices.providers.registry import providers
from voices.web.clone.form import (
    TOO_OLD,
    CloneForm,
    read_form_token,
    usable_keys,
)
from voices.web.clone.messages import errors_to_fix, job_message
from voices.web.clone.parts import asks_for_other_part, change_part
from voices.web.clone.recording import Recording, is_complete, read_recording
from voices.web.clone.show import show_form
from voices.web.consents.form import consent_of, consent_values
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.sample.report import ratings_of
from voices.web.voice.details import consent_fact, recording_facts
from voices.web.voice.form import point_out_similar_name

PART_NOT_APPLIED = "The part you chose hadn't been applied yet. It has now: listen to it, then clone."


def page(request: StudioRequest) -> HttpResponse:
    """Show the clone form, or submit it."""
    return submit(request) if request.method == "POST" else start(request)


@require_safe
@team_page
@gzip_page
def start(request: StudioRequest) -> HttpResponse:
    """Show an empty form, or one that is filled.

    With `?again=<job>` it has the values, recording and errors of a failed clone; with `?request=<request>` the
    recording that came from a speaker, and their consent.
    """
    try:
        if "request" in request.GET:
            return _start_from_request(request, UUID(request.GET["request"]))
        return _start_again(request, get_job_for(request.member, UUID(request.GET["again"])))
    except (KeyError, ValueError):
        return show_form(request, _empty_form(request))


def _empty_form(request: StudioRequest, *, language: str = "en", stated: Consent | None = None) -> CloneForm:
    return CloneForm(
        keys=usable_keys(request.user),
        team=request.member.team,
        initial={"language": language},
        stated=stated,
    )


def _start_again(request: StudioRequest, job: CloneJob) -> HttpResponse:
    if not job.is_clone:
        return redirect(f"{reverse('voices:voice-new-engine', args=[job.provider])}?again={job.pk}")
    typed = {"name": job.name, "description": job.description, "language": job.language}
    stated = job.consent if job.consent and came_by_link(job.consent) else None
    form = CloneForm(
        typed | consent_values(job.consent),
        keys=usable_keys(request.user), team=request.member.team, stated=stated,
    )  # fmt: skip
    form.full_clean()
    for field, error in errors_to_fix(job):
        form.add_error(field if field in form.fields else None, error)
    return show_form(request, form, Recording(job.sample, job.recording_name))


def _start_from_request(request: StudioRequest, request_id: UUID) -> HttpResponse:
    asked = get_request_for(request.member, request_id)
    if asked.consent is None:
        return show_form(request, _empty_form(request))
    form = _empty_form(request, language=asked.language, stated=asked.consent)
    if asked.sample is None or "sample" in request.GET:  # a part of it, which the address names
        return show_form(request, form)
    return show_form(request, form, Recording(asked.sample, asked.sample.filename))


@require_POST
@team_page
def submit(request: StudioRequest) -> HttpResponse:
    """Start a clone job, or show the form with its errors. The recording is stored in either case."""
    require(request.member, Verb.CLONE)
    if not is_complete(request):
        return bad_request(request, BadRequest("cut off"))
    token = read_form_token(request.member, request.POST.get("form_token", ""))
    form = CloneForm(request.POST, keys=usable_keys(request.user), **consent_of(request))
    form.full_clean()
    recording = _recording(request, form)
    if token is None:
        form.add_error(None, TOO_OLD)
    values = form.values(token) if form.is_valid() and token else None
    job = _submit(request, form, recording, values)
    if job is None:
        return show_form(request, form, recording, status=422)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))


def _recording(request: StudioRequest, form: CloneForm) -> Recording:
    """Return the recording. Add an error to the form if there is none, or if nobody has heard this part of it yet."""
    recording = read_recording(request)
    if recording.problem:
        form.add_error("file", recording.problem)
    elif (
        recording.sample
        and "file" not in request.FILES
        and asks_for_other_part(request.POST, recording.sample)
    ):
        recording = change_part(request.member, recording, request.POST)
        form.add_error(None, recording.part_problem or PART_NOT_APPLIED)
    return recording


def _submit(
    request: StudioRequest, form: CloneForm, recording: Recording, values: FormValues | None
) -> CloneJob | None:
    """Return the job that the form asks for, or None with errors on the form."""
    if values is None or recording.sample is None:
        _check_quota(request, form)
        return None
    sample, filename = recording.sample, recording.filename
    chosen: CloneValues = {**values, "sample": sample, "filename": filename, "replaces": None}
    if first := submitted_before(member=request.member, **chosen):
        return first
    _check_quota(request, form)
    return _create(request, form, chosen) if form.is_valid() else None


def _check_quota(request: StudioRequest, form: CloneForm) -> None:
    """Add an error to the key if its account is full, unless the person chose to send anyway."""
    key = form.cleaned_data.get("key")
    if key is None or request.POST.get("anyway") == "1":
        return
    for _, quota in full_accounts([key]):
        form.add_error(
            "key", f"{quota.account} is full: {quota.used} of {quota.allowed} voices. Delete one first."
        )


def _create(request: StudioRequest, form: CloneForm, values: CloneValues) -> CloneJob | None:
    try:
        job = submit_clone(member=request.member, now=timezone.now(), **values)
    except NameInUseError as problem:
        form.add_error("name", str(problem))
        return None
    except ConsentError as problem:
        form.stated = None  # it does not hold here: another one can be stated
        form.add_error(problem.field, str(problem))
        return None
    except NotPossibleError as problem:
        form.add_error(None if isinstance(problem, QuotaReachedError) else "key", str(problem))
        return None
    point_out_similar_name(request, job.account, job.name)
    return job


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
        "recording": recording_facts(job.sample, job) if job.sample else "",
        "ratings": ratings_of(job.sample) if job.sample else None,
        "provider": providers().get(job.provider),
        "consent": consent_fact(job),
        "voice": voice,
        "preview": getattr(voice, "preview", None),
        "is_quarantined": voice is not None and voice.is_quarantined(timezone.now()),
        "replaced": job.replaces if voice else None,
        "can_look": job.state == State.UNKNOWN and may(request.member, Verb.CLONE),
        "can_retry": can_retry(job) and may(request.member, Verb.CLONE),
        "can_cancel": can_cancel(job),
        "approval": waiting_for(job=job) if job.state == State.HELD else None,
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
    job = _change(request, job_id, look_up_now)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))


@require_POST
@team_page
def cancel(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Cancel a clone that was not sent yet."""
    job = _change(request, job_id, cancel_clone)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))
