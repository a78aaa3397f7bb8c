"""The page to clone a deleted or missing voice again from its stored recording."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from voices.access import get_tombstone_for
from voices.actions import NotPossibleError
from voices.actions.clone.reclone import reclone, reclone_blocked_reason
from voices.actions.consents.stating import ConsentError
from voices.actions.voice.names import NameInUseError
from voices.library.history import latest_reclone
from voices.models import ApiKey, CloneJob, Voice
from voices.web.clone.form import (
    TOO_OLD,
    CloneForm,
    new_form_token,
    read_form_token,
    usable_keys,
)
from voices.web.clone.show import quota_context
from voices.web.consents.form import consent_values
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.sample.report import ratings_of
from voices.web.voice.details import recording_facts
from voices.web.voice.form import MAX_DESCRIPTION, MAX_NAME, point_out_similar_name, shown_language


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show the form with the voice's values, or start the clone job."""
    voice = get_tombstone_for(request.member, voice_id)
    if voice.deleted_at is None and voice.gone_at is None:
        messages.info(request, reclone_blocked_reason(voice))
        return redirect_after_post(request, reverse("voices:voice", args=[voice.pk]))
    keys = usable_keys(request.user)
    team = request.member.team
    if request.method == "POST":
        return _submit(request, voice, CloneForm(request.POST, keys=keys, team=team))
    return _show(request, voice, CloneForm(initial=_initial(voice, keys), keys=keys, team=team))


def _initial(voice: Voice, keys: list[ApiKey]) -> dict[str, str]:
    """Return the voice's values, and a key for its old account if there is one."""
    key = next((one for one in keys if one.account_id == voice.account_id), next(iter(keys), None))
    return {
        "name": voice.name[:MAX_NAME],
        "description": voice.description[:MAX_DESCRIPTION],
        "language": shown_language(voice.primary_language) or "en",
        "key": str(key.pk) if key else "",
        **consent_values(voice.consent),
    }


def _submit(request: StudioRequest, voice: Voice, form: CloneForm) -> HttpResponse:
    token = read_form_token(request.member, request.POST.get("form_token", ""))
    if token is None:
        form.add_error(None, TOO_OLD)
    if form.is_valid() and token and (job := _clone(request, voice, form, token)):
        return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))
    return _show(request, voice, form, status=422)


def _clone(request: StudioRequest, voice: Voice, form: CloneForm, token: UUID) -> CloneJob | None:
    try:
        job = reclone(member=request.member, voice=voice, now=timezone.now(), **form.values(token))
    except NameInUseError as problem:
        form.add_error("name", str(problem))
        return None
    except ConsentError as problem:
        form.add_error(problem.field, str(problem))
        return None
    except NotPossibleError as problem:
        form.add_error(None, str(problem))
        return None
    point_out_similar_name(request, job.account, job.name)
    return job


def _show(request: StudioRequest, voice: Voice, form: CloneForm, *, status: int = 200) -> HttpResponse:
    context = {
        "page": "library",
        "voice": voice,
        "form": form,
        "form_token": new_form_token(request.member),
        **quota_context(request.member),
        "keys": form.keys,
        "refusal": reclone_blocked_reason(voice),
        "recording": recording_facts(voice.sample, voice.job) if voice.sample else "",
        "ratings": ratings_of(voice.sample) if voice.sample else None,
        "reclone_job": latest_reclone(voice),
        "aliases": voice.aliases.all(),
    }
    return render(request, "voice/reclone.html", context, status=status)
