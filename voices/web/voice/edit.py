"""The page to edit a voice: the form, conflicts with other changes, and errors of Althea."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from voices.access import get_editable_voice_for
from voices.actions.voice.edit import EditableFields, edit_message, edit_voice
from voices.actions.voice.names import NameInUseError, name_taken
from voices.actions.voice.upstream_change import ChangeStatus, Outcome, blocked_reason, own_key_for
from voices.actions.voice.usage import AgentUse, agents_using
from voices.althea import NameTakenError
from voices.kit import languages
from voices.models import ApiKey, Voice
from voices.web.http import StudioRequest, team_page
from voices.web.voice.changing import Conflict, change_context, conflict_context, to_voice
from voices.web.voice.form import COLUMNS, EditForm, point_out_similar_name, shown_language

USAGE_UNKNOWN = "Couldn't load which agents use this voice by its old name: {problem}. Check them at Althea."
FORM_FIELDS = {"name": "name", "description": "description", "primaryLanguage": "language"}


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show the form to edit a voice, or submit it."""
    voice = get_editable_voice_for(request.member, voice_id)
    refusal = blocked_reason(request.user, voice)
    if request.method != "POST":
        return _show(request, voice, EditForm(seen=EditableFields.from_row(voice)), refusal=refusal)
    form = EditForm(request.POST, seen=_seen(request.POST, voice))
    form.full_clean()
    key = own_key_for(request.user, voice.account)
    if refusal or key is None or voice.gone_at or not form.is_valid():
        return _show(request, voice, form, refusal=refusal, status=422)
    return _save(request, voice, form, key)


def _seen(posted: QueryDict, voice: Voice) -> EditableFields:
    """Return the voice as the form showed it: the row, unless its version changed since."""
    if "was_name" not in posted or posted.get("version", "") == str(voice.version):
        return EditableFields.from_row(voice)
    return EditableFields(**{column: posted.get(f"was_{field}", "") for field, column in COLUMNS.items()})


def _save(request: StudioRequest, voice: Voice, form: EditForm, key: ApiKey) -> HttpResponse:
    changes = form.changes
    if not changes:
        return to_voice(request, voice, "Nothing was changed.")
    usage_problem = ""
    if "name" in changes and "warned" not in request.POST:
        usage = agents_using(key, voice)
        if usage.by_name:
            return _show(request, voice, form, agents=usage.by_name, status=422)
        usage_problem = usage.problem
    try:
        outcome = edit_voice(member=request.member, voice=voice, key=key, seen=form.seen, changes=changes)
    except NameInUseError as problem:
        form.add_error("name", str(problem))
        return _show(request, voice, form, status=422)
    if outcome.status is ChangeStatus.DONE:
        return _done(request, voice, changes, usage_problem)
    if outcome.status is ChangeStatus.DIFFERS:
        return _conflict(request, voice, form, is_elsewhere=outcome.voice is not None)
    if outcome.status is ChangeStatus.GONE:
        voice.refresh_from_db()
    _add_refusal(form, voice, key, outcome)
    return _show(request, voice, form, is_key_bad=outcome.status is ChangeStatus.KEY_REFUSED, status=422)


def _done(request: StudioRequest, voice: Voice, changes: dict[str, str], usage_problem: str) -> HttpResponse:
    voice.refresh_from_db()
    if EditableFields.from_row(voice).has(changes):
        messages.success(request, "Saved here and at Althea.")
    else:
        messages.warning(request, f"Althea accepted the change but saved it differently: {voice.name}.")
    if "name" in changes:
        point_out_similar_name(request, voice.account, voice.name, voice.voice_id)
    if usage_problem:
        messages.warning(request, USAGE_UNKNOWN.format(problem=usage_problem))
    return to_voice(request, voice)


def _add_refusal(form: EditForm, voice: Voice, key: ApiKey, outcome: Outcome) -> None:
    """Add Althea's errors to their fields, all others to the form."""
    error = outcome.error
    if isinstance(error, NameTakenError):
        form.add_error("name", name_taken(voice.account, form.cleaned_data["name"]))
        return
    errors = [
        (FORM_FIELDS[name], text) for name, text in (error.fields if error else ()) if name in FORM_FIELDS
    ]
    if outcome.status is not ChangeStatus.REFUSED or not errors:
        form.add_error(None, edit_message(outcome, key))
    for field, text in errors if outcome.status is ChangeStatus.REFUSED else ():
        form.add_error(field, f"Althea says: {text}")


def _conflict(request: StudioRequest, voice: Voice, form: EditForm, *, is_elsewhere: bool) -> HttpResponse:
    """Show the person's edits beside the current values, or redirect if both are the same."""
    voice.refresh_from_db()
    now, changes = EditableFields.from_row(voice), form.changes
    if now.has(changes) and not is_elsewhere:
        return to_voice(request, voice, "Nothing to save: someone already made this change.")
    shown = {field: _form_value(now, column) for field, column in COLUMNS.items()}
    typed = {field: form.data.get(field, "") for field, column in COLUMNS.items() if column in changes}
    changed = form.seen.differing(now)
    conflicts = [
        Conflict(
            field.capitalize(),
            _display_value(column, changes.get(column)),
            _display_value(column, getattr(now, column)) or "",
        )
        for field, column in COLUMNS.items()
        if column in changed
    ]
    merged = EditForm(shown | typed, seen=now)
    told = conflict_context(voice, conflicts, is_elsewhere=is_elsewhere)
    return _show(request, voice, merged, status=409, **told)


def _form_value(values: EditableFields, column: str) -> str:
    text: str = getattr(values, column)
    return shown_language(text) if column == "primary_language" else text


def _display_value(column: str, text: str | None) -> str | None:
    found = languages.find(text or "") if column == "primary_language" else None
    return found.name if found else text


def _show(
    request: StudioRequest,
    voice: Voice,
    form: EditForm,
    *,
    refusal: str = "",
    agents: Sequence[AgentUse] = (),
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    context = {
        **change_context(voice, refusal=refusal),
        "form": form,
        "was": {field: getattr(form.seen, column) for field, column in COLUMNS.items()},
        "version": voice.version
        if form.seen == EditableFields.from_row(voice)
        else request.POST.get("version", ""),
        "agents": agents,
        **extra,
    }
    return render(request, "voice/edit.html", context, status=status)
