"""The forms for a voice's tags, stage, note and aliases. Each one answers with its own fragment."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from voices.access import get_organisable_voice_for
from voices.actions import NotPossibleError
from voices.actions.approvals.requests import WaitsForApprovalError
from voices.actions.organise.aliases import AliasError, AliasTakenError, make_alias
from voices.actions.organise.annotations import NoteError, move_stage, read_note, write_note
from voices.actions.organise.tags import MAX_TYPED, TagError, add_tags, read_tags, untag_voice
from voices.models import Stage, Voice
from voices.web.http import StudioRequest, redirect_after_post, team_page

APPROVED_LATER = "The voice moves to Approved once another editor or admin approves."
Part = Literal["tags", "stage", "notes", "aliases"]


@dataclass(frozen=True)
class FormResult:
    """The result of a form: what was done, or the problem and what was typed."""

    message: str = ""
    problem: str = ""
    typed: str = ""
    has_conflict: bool = False
    takes_focus: bool = False
    other_alias: UUID | None = None

    @property
    def is_rejected(self) -> bool:
        """Whether nothing was changed and the form has to be sent again."""
        return bool(self.problem) or self.has_conflict


def _reply(request: StudioRequest, voice: Voice, part: Part, result: FormResult) -> HttpResponse:
    """Show the fragment for htmx; else redirect to the voice, or show a rejected form on its own page."""
    voice.refresh_from_db(fields=["stage", "notes", "notes_by", "notes_at", "gone_at", "deleted_at"])
    template = f"annotations/_{part}.html"
    context = {"page": "library", "voice": voice, "result": result, "part": template}
    status = 422 if result.is_rejected else 200
    if request.htmx:
        return render(request, template, context, status=status)
    if result.is_rejected:
        return render(request, "annotations/part.html", context, status=status)
    messages.success(request, result.message)
    return redirect_after_post(request, f"{reverse('voices:voice', args=[voice.pk])}#order-{part}")


@require_POST
@team_page
def tags(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Add the typed tags to the voice, or remove one."""
    voice = get_organisable_voice_for(request.member, voice_id)
    return _reply(
        request,
        voice,
        "tags",
        _remove_tag(request, voice) if "remove" in request.POST else _add_tags(request, voice),
    )


def _add_tags(request: StudioRequest, voice: Voice) -> FormResult:
    typed = request.POST.get("tags", "")
    try:
        names = read_tags(typed)
        new = add_tags(member=request.member, voice=voice, names=names, now=timezone.now())
    except TagError as problem:
        return FormResult(problem=str(problem), typed=typed[:MAX_TYPED])
    added = ", ".join(tag.name for tag in new)
    return FormResult(message=f"Tagged {added}." if added else f"{voice.name} already has this tag.")


def _remove_tag(request: StudioRequest, voice: Voice) -> FormResult:
    given = request.POST.get("remove", "")
    number = int(given) if given.isdecimal() and len(given) < 19 else 0
    tag = voice.tags.filter(pk=number).first()
    if tag is None:
        return FormResult(message="This tag was already removed.", takes_focus=True)
    untag_voice(member=request.member, voice=voice, tag=tag, now=timezone.now())
    return FormResult(message=f"Tag {tag.name} removed.", takes_focus=True)


@require_POST
@team_page
def stage(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Move the voice to another stage, unless it left the one that the form showed."""
    voice = get_organisable_voice_for(request.member, voice_id)
    wanted, seen = request.POST.get("stage", ""), request.POST.get("seen", "")
    if wanted not in Stage.values or seen not in Stage.values:
        return _reply(request, voice, "stage", FormResult(problem="Choose one of the three stages."))
    try:
        moved = move_stage(
            member=request.member, voice=voice, seen=seen, stage=Stage(wanted), now=timezone.now()
        )
    except WaitsForApprovalError:
        return _reply(request, voice, "stage", FormResult(message=f"Requested. {APPROVED_LATER}"))
    except NotPossibleError as problem:
        return _reply(request, voice, "stage", FormResult(problem=str(problem)))
    if moved:
        return _reply(
            request, voice, "stage", FormResult(message=f"{voice.name} is now {Stage(wanted).label.lower()}.")
        )
    voice.refresh_from_db(fields=["stage"])
    changed_meanwhile = f"Someone else just moved it to {voice.get_stage_display()}, so nothing was changed."
    return _reply(request, voice, "stage", FormResult(problem=changed_meanwhile))


@require_POST
@team_page
def notes(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Save the note, unless it changed since the form was loaded."""
    voice, typed = get_organisable_voice_for(request.member, voice_id), request.POST.get("note", "")
    try:
        note = read_note(typed)
    except NoteError as problem:
        return _reply(request, voice, "notes", FormResult(problem=str(problem), typed=typed))
    seen = request.POST.get("seen", "")
    if write_note(member=request.member, voice=voice, note=note, seen=seen, now=timezone.now()):
        return _reply(request, voice, "notes", FormResult(message="Note saved.", takes_focus=True))
    return _reply(request, voice, "notes", FormResult(has_conflict=True, typed=note))


@require_POST
@team_page
def aliases(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Create an alias for the voice."""
    voice, typed = get_organisable_voice_for(request.member, voice_id), request.POST.get("name", "")
    try:
        alias = make_alias(member=request.member, name=typed, voice=voice, now=timezone.now())
    except AliasTakenError as problem:
        other = None if problem.other.voice_id == voice.pk else problem.other.pk
        result = FormResult(problem=str(problem), typed=typed[:100], other_alias=other)
    except AliasError as problem:
        result = FormResult(problem=str(problem), typed=typed[:100])
    else:
        result = FormResult(message=f"{alias.name} now points to {voice.name}.")
    return _reply(request, voice, "aliases", result)
