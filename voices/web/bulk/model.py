"""The page to change an ageing model: the voices that use it, their agents, and the new model."""

from collections import defaultdict
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from voices.access import Verb, require
from voices.actions.bulk.models import model_refusals, request_model_change
from voices.actions.voice.usage import agents_using_any
from voices.library.model_use import MAX_VOICES, ModelUse, use_of
from voices.models import Voice
from voices.providers.models import MAX_MODEL, ageing_models, ageing_sentence
from voices.web.bulk.runs import follow
from voices.web.http import StudioRequest, team_page

NO_MODEL = "No model with that name is deprecated or retired."
NONE_CHOSEN = "Choose at least one voice."


class ModelForm(forms.Form):
    """The new model, checked against the one that it replaces."""

    to = forms.CharField(
        label="New model",
        max_length=MAX_MODEL,
        error_messages={"required": "Enter the name of the new model."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_to(self) -> str:
        """Return the name. Raises ValidationError for a model that is ageing itself."""
        name: str = self.cleaned_data["to"]
        if name in ageing_models():
            raise forms.ValidationError(ageing_sentence(name, timezone.now().date()))
        return name


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the voices that use the model and the form for a new one, or start the change; for htmx the agents."""
    require(request.member, Verb.EDIT_VOICE)
    model = request.GET.get("model", "")
    if model not in ageing_models():
        raise Http404(NO_MODEL)
    use = use_of(request.member, model)
    if request.method == "POST":
        return _start(request, model, use)
    if request.htmx:
        return render(request, "model/_agents.html", _agents(request, use))
    _, ageing = ageing_models()[model]
    return _show(request, model, use, ModelForm(initial={"to": ageing.replacement}))


def _start(request: StudioRequest, model: str, use: ModelUse) -> HttpResponse:
    form, ticked = ModelForm(request.POST), set(request.POST.getlist("voice"))
    chosen = [voice for voice in use.voices if str(voice.pk) in ticked]
    if form.is_valid() and not chosen:
        form.add_error(None, NONE_CHOSEN)
    if not form.is_valid():
        return _show(request, model, use, form, ticked=ticked, status=422)
    return follow(
        request,
        request_model_change(
            member=request.member, old=model, new=form.cleaned_data["to"], voices=chosen, now=timezone.now()
        ),
    )


def _show(
    request: StudioRequest,
    model: str,
    use: ModelUse,
    form: ModelForm,
    *,
    ticked: set[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    provider, ageing = ageing_models()[model]
    refused = model_refusals(request.member, use.voices)
    by_reason = defaultdict[str, list[Voice]](list)
    for voice in use.voices:
        if voice.pk in refused:
            by_reason[refused[voice.pk]].append(voice)
    choices = [(one, ticked is None or str(one.pk) in ticked) for one in use.voices if one.pk not in refused]
    context = {
        "page": "library",
        "model": model,
        "provider": provider,
        "ageing": ageing,
        "sentence": ageing_sentence(model, timezone.now().date()),
        "choices": choices,
        "refused": list(by_reason.items()),
        "use": use,
        "most": MAX_VOICES,
        "form": form,
        **(_agents(request, use) if "agents" in request.GET else {}),
    }
    return render(request, "model/page.html", context, status=status)


def _agents(request: StudioRequest, use: ModelUse) -> dict[str, Any]:
    """Return the agents that use any of the voices, read from Althea and cached for a minute per account."""
    present = [voice for voice in use.voices if voice.gone_at is None]
    return {"usage": agents_using_any(request.member, present)}
