"""“Try it”: audio for the settings in a form, or the reason why there is none."""

from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from voices.actions import NotPossibleError
from voices.actions.keys.provider_keys import missing_key_message
from voices.actions.voice.trial import Trial, trial_audio, try_definition
from voices.kit.ranges import UnsatisfiableRangeError, parse_range
from voices.models import ApiKey
from voices.web.definition.draft import Draft, setting_named
from voices.web.http import StudioRequest, team_page
from voices.web.stored_audio import HEADERS

NO_KEY = "Choose a key first."


def try_settings(request: StudioRequest, draft: Draft, key: ApiKey | None, *, name: str) -> dict[str, Any]:
    """Request audio for valid settings. Return the context of `providers/_trial.html`."""
    if draft.problems:
        return {"is_unready": True, "errors": _errors(draft)}
    if key is None:
        return {"problem": NO_KEY}
    if missing := missing_key_message(member=request.member, key=key, provider=draft.provider):
        return {"problem": missing}
    try:
        trial = try_definition(
            member=request.member, key=key, name=name or draft.provider.label, definition=draft.definition
        )
    except NotPossibleError as problem:
        return {"problem": str(problem)}
    return _shown(draft, trial)


def _shown(draft: Draft, trial: Trial) -> dict[str, Any]:
    if trial.token:
        return {"token": trial.token}
    named = [(setting_named(draft.provider, name), text) for name, text in trial.fields]
    if not named or not all(setting for setting, _ in named):
        return {"problem": trial.problem}
    draft.problems |= {setting: f"Althea says: {text}" for setting, text in named}
    return {"errors": _errors(draft)}


def _errors(draft: Draft) -> list[tuple[str, str, str]]:
    shown = zip(draft.provider.entries, draft.controls, strict=True)
    return [
        (control.id, control.label, control.error) for one, control in shown if one.name in draft.problems
    ]


@require_safe
@team_page
def sound(request: StudioRequest, token: str) -> HttpResponse:
    """Send the audio of the member's latest trial, or the byte range that a player requests."""
    found = trial_audio(request.member, token)
    if found is None:
        raise Http404("This sound is no longer stored. Try the settings again.")
    size = len(found.content)
    headers = HEADERS | {"Cache-Control": "private, max-age=600"}
    try:
        part = parse_range(request.headers.get("Range"), size=size)
    except UnsatisfiableRangeError as problem:
        return HttpResponse(status=416, headers={"Content-Range": problem.content_range})
    if part is None:
        return HttpResponse(found.content, content_type=found.content_type, headers=headers)
    content = found.content[part.start : part.end + 1]
    headers |= {"Content-Range": part.content_range(size)}
    return HttpResponse(content, content_type=found.content_type, headers=headers, status=206)
