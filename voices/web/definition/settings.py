"""The settings of a provider's voice: the form, conflicts with other changes, and errors of Althea."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from voices import gateway
from voices.access import get_editable_voice_for
from voices.actions.voice.definitions import full_definition, public_definition
from voices.actions.voice.edit import edit_message
from voices.actions.voice.redefine import engine_key, is_in_effect, redefine_voice, settings_refusal
from voices.actions.voice.upstream_change import ChangeStatus, Outcome, blocked_reason, own_key_for
from voices.kit.sealing import SealError
from voices.kit.secret import Secret
from voices.models import ApiKey, Voice
from voices.providers.registry import providers
from voices.providers.secrets import MissingSecretError
from voices.web.definition.conflicts import conflicts_of, merged
from voices.web.definition.draft import Draft
from voices.web.definition.trial import try_settings
from voices.web.http import StudioRequest, team_page
from voices.web.voice.changing import change_context, conflict_context, to_voice

UNREADABLE = "This voice's stored secrets can't be decrypted: {problem}"
SAVED, SAVED_OTHERWISE = (
    "Saved here and at Althea.",
    "Althea accepted the change but saved different settings.",
)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show the settings of a voice as a form, try what was typed, or save it."""
    voice = get_editable_voice_for(request.member, voice_id)
    kept, refusal = _kept(request, voice)
    if refusal or voice.gone_at:
        status = 422 if request.method == "POST" else 200
        return _show(request, voice, None, refusal=refusal, status=status)
    draft = Draft(providers()[engine_key(voice)], forms.Form(request.POST or None), kept)
    if request.method != "POST":
        return _show(request, voice, draft)
    key = own_key_for(request.user, voice.account)
    draft.typed = request.POST
    draft.read_settings(key)
    if "try" in request.POST:
        return _try(request, voice, draft, key)
    if draft.problems or key is None:
        return _show(request, voice, draft, status=422)
    return _save(request, voice, draft, key)


def _kept(request: StudioRequest, voice: Voice) -> tuple[Mapping[str, Any], str]:
    """Return the voice's settings with its secrets, or why there is no form, as a sentence."""
    if refusal := settings_refusal(voice) or blocked_reason(request.user, voice):
        return {}, refusal
    try:
        settings: Mapping[str, Any] = full_definition(voice)[engine_key(voice)]
    except (SealError, MissingSecretError) as problem:
        return {}, UNREADABLE.format(problem=problem)
    return settings, ""


def _try(request: StudioRequest, voice: Voice, draft: Draft, key: ApiKey | None) -> HttpResponse:
    trial = try_settings(request, draft, key, name=voice.name[:40])
    if request.htmx:
        return render(request, "providers/_trial.html", {"trial": trial})
    return _show(request, voice, draft, trial=trial)


def _save(request: StudioRequest, voice: Voice, draft: Draft, key: ApiKey) -> HttpResponse:
    seen, wanted = _seen(request, voice), public_definition(draft.definition)
    if wanted == seen:
        return to_voice(request, voice, "Nothing was changed.")
    outcome = redefine_voice(
        member=request.member, voice=voice, key=key, seen=seen, definition=draft.definition
    )
    voice.refresh_from_db()
    if outcome.status is ChangeStatus.DONE:
        is_saved = is_in_effect(voice.definition, wanted)
        messages.success(request, SAVED) if is_saved else messages.warning(request, SAVED_OTHERWISE)
        return to_voice(request, voice)
    if outcome.status is ChangeStatus.DIFFERS and engine_key(voice) == draft.provider.key:
        return _conflict(request, voice, draft, seen, is_elsewhere=outcome.voice is not None)
    _add_refusal(draft, key, outcome)
    return _show(request, voice, draft, is_key_bad=outcome.status is ChangeStatus.KEY_REFUSED, status=422)


def _add_refusal(draft: Draft, key: ApiKey, outcome: Outcome) -> None:
    fields = outcome.error.fields if outcome.error and outcome.status is ChangeStatus.REFUSED else ()
    if not draft.add_errors(fields, speaker="Althea says: "):
        draft.form.add_error(None, edit_message(outcome, key) or "This voice was changed at Althea.")


def _conflict(
    request: StudioRequest, voice: Voice, draft: Draft, seen: Mapping[str, Any], *, is_elsewhere: bool
) -> HttpResponse:
    """Show what was typed beside the settings as they are now."""
    before, now = seen.get(draft.provider.key, {}), full_definition(voice)[draft.provider.key]
    found = conflicts_of(draft.provider, before=before, typed=draft.read.settings, now=now)
    again = Draft(draft.provider, forms.Form(), merged(draft.provider, before, draft.read.settings, now))
    return _show(
        request, voice, again, status=409, **conflict_context(voice, found, is_elsewhere=is_elsewhere)
    )


# --- the settings as the form showed them --------------------------------------------------------------


def _seal_seen(voice: Voice) -> str:
    """Return the shown definition for a hidden field, sealed because it may contain unrecognised secrets."""
    return gateway.seal(Secret(json.dumps(voice.definition)), row_id=voice.pk).decode("ascii")


def _seen(request: StudioRequest, voice: Voice) -> Mapping[str, Any]:
    """Return the definition that the form showed; the voice's own if the hidden field is unreadable."""
    try:
        sealed = request.POST.get("seen", "").encode("ascii")
        seen: Mapping[str, Any] = json.loads(gateway.sealer().unseal(sealed, row_id=voice.pk).reveal())
    except (SealError, ValueError):
        return dict(voice.definition)
    return seen


def _show(
    request: StudioRequest,
    voice: Voice,
    draft: Draft | None,
    *,
    refusal: str = "",
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    typed = request.POST.get("seen", "") if status == 422 or "trial" in extra else ""
    context = {
        **change_context(voice, refusal=refusal),
        "provider": draft.provider if draft else None,
        "form": draft.form if draft else None,
        **(draft.context if draft else {}),
        "key": own_key_for(request.user, voice.account),
        "seen": typed or (_seal_seen(voice) if draft else ""),
        **extra,
    }
    return render(request, "providers/settings.html", context, status=status)
