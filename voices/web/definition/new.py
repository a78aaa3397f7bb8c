"""A new voice from a provider: choosing the engine, its form, trying it and creating the voice."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from voices.access import Verb, may, require
from voices.actions import NotPossibleError
from voices.actions.keys.provider_keys import missing_key_message
from voices.actions.voice.create import submit_definition
from voices.actions.voice.names import NameInUseError
from voices.models import ApiKey, CloneJob
from voices.providers.base import Provider
from voices.providers.registry import providers
from voices.web.clone.form import TOO_OLD, new_form_token, read_form_token, usable_keys
from voices.web.clone.messages import errors_to_fix
from voices.web.definition.draft import DefinitionForm, Draft
from voices.web.definition.initial import InitialSettings, read_initial_settings
from voices.web.definition.trial import try_settings
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.voice.form import point_out_similar_name

SUMMED_UP = 3


@require_safe
@team_page
def chooser(request: StudioRequest) -> HttpResponse:
    """Show the engines to choose from."""
    engines = sorted(providers().values(), key=lambda one: (one.is_own, one.label.casefold()))
    shown = [(one, _summary(one)) for one in engines]
    context = {"page": "clone", "engines": shown, **_standing(request)}
    return render(request, "providers/chooser.html", context)


def _summary(provider: Provider) -> str:
    """Return what can be set: `Voice, model, speed and 8 more`."""
    labels = [one.label for one in provider.entries if not one.is_deprecated]
    first = ", ".join([labels[0], *(label[:1].lower() + label[1:] for label in labels[1:SUMMED_UP])])
    rest = len(labels) - SUMMED_UP
    return f"{first} and {rest} more" if rest > 0 else first


def _standing(request: StudioRequest) -> dict[str, Any]:
    return {"can_clone": may(request.member, Verb.CLONE), "keys": usable_keys(request.user)}


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest, engine: str) -> HttpResponse:
    """Show the form of an engine, try what was typed, or create the voice."""
    provider = providers().get(engine)
    if provider is None:
        raise Http404("There is no such provider.")
    if request.method == "POST":
        require(request.member, Verb.CLONE)
    initial = read_initial_settings(request, engine)
    if request.method != "POST":
        return _show(request, _unsent(request, provider, initial), initial)
    draft = _typed(request, provider, initial)
    return _try(request, draft, initial) if "try" in request.POST else _create(request, draft, initial)


def _unsent(request: StudioRequest, provider: Provider, initial: InitialSettings) -> Draft:
    """Return the form with its initial values, and the errors of a failed job."""
    keys = usable_keys(request.user)
    job = initial.job
    if job is None:
        form = DefinitionForm(keys=keys, initial={"language": "en", **initial.fields})
        return Draft(provider, form, initial.settings)
    form = DefinitionForm(dict(initial.fields), keys=keys)
    form.full_clean()
    draft = Draft(provider, form, initial.settings)
    draft.add_errors(errors_to_fix(job))
    return draft


def _typed(request: StudioRequest, provider: Provider, initial: InitialSettings) -> Draft:
    form = DefinitionForm(request.POST, keys=usable_keys(request.user))
    form.full_clean()
    draft = Draft(provider, form, initial.settings, request.POST)
    draft.read_settings(_key(draft))
    return draft


def _key(draft: Draft) -> ApiKey | None:
    key: ApiKey | None = draft.form.cleaned_data.get("key")
    return key


def _try(request: StudioRequest, draft: Draft, initial: InitialSettings) -> HttpResponse:
    name = draft.form.cleaned_data.get("name", "")
    trial = try_settings(request, draft, _key(draft), name=name)
    if request.htmx:
        return render(request, "providers/_trial.html", {"trial": trial})
    draft.form = DefinitionForm(initial=request.POST.dict(), keys=usable_keys(request.user))  # not judged yet
    return _show(request, draft, initial, trial=trial)


def _create(request: StudioRequest, draft: Draft, initial: InitialSettings) -> HttpResponse:
    token = read_form_token(request.member, request.POST.get("form_token", ""))
    if token is None:
        draft.form.add_error(None, TOO_OLD)
    key = _key(draft)
    if draft.is_valid and key is not None:
        missing = missing_key_message(member=request.member, key=key, provider=draft.provider)
        if missing:
            draft.form.add_error("key", missing)
    job = _submit(request, draft, initial, token) if draft.is_valid and token else None
    if job is None:
        return _show(request, draft, initial, status=422)
    return redirect_after_post(request, reverse("voices:clone-job", args=[job.pk]))


def _submit(request: StudioRequest, draft: Draft, initial: InitialSettings, token: UUID) -> CloneJob | None:
    """Return the job that the form asks for, or None with errors on the form."""
    typed = draft.form.cleaned_data
    try:
        job = submit_definition(
            member=request.member,
            now=timezone.now(),
            key=typed["key"],
            name=typed["name"],
            description=typed["description"],
            language=typed["language"],
            definition=draft.definition,
            form_token=token,
            source=initial.source,
        )
    except NameInUseError as problem:
        draft.form.add_error("name", str(problem))
        return None
    except NotPossibleError as problem:
        draft.form.add_error("key", str(problem))
        return None
    point_out_similar_name(request, job.account, job.name)
    return job


def _show(
    request: StudioRequest,
    draft: Draft,
    initial: InitialSettings,
    *,
    trial: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    if isinstance(draft.form, DefinitionForm):
        draft.form.choose_key()
    context = {
        "page": "clone",
        "provider": draft.provider,
        "form": draft.form,
        **draft.context,
        "source": initial.source,
        "problem": initial.problem,
        "form_token": new_form_token(request.member),
        "trial": trial,
        **_standing(request),
    }
    return render(request, "providers/new.html", context, status=status)
