"""What an editor keeps in order on a voice's page: tags, stage, note, aliases. Each form answers its own fragment."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from voices.access import get_ordered_voice_for
from voices.actions.organise.aliases import AliasError, AliasTakenError, make_alias
from voices.actions.organise.annotations import NoteError, move_stage, read_note, write_note
from voices.actions.organise.tags import MAX_TYPED, TagError, add_tags, read_tags, take_tag
from voices.models import Stage, Voice
from voices.web.http import StudioRequest, redirect_after_post, team_page

Part = Literal["tags", "stage", "notes", "aliases"]


@dataclass(frozen=True)
class Answer:
    """What a form is answered: what was done, or what stands against it, with what was typed."""

    say: str = ""
    problem: str = ""
    typed: str = ""
    differs: bool = False
    focus: bool = False
    other: UUID | None = None

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was changed, and the form has to be sent again."""
        return bool(self.problem) or self.differs


def _reply(request: StudioRequest, voice: Voice, part: Part, answer: Answer) -> HttpResponse:
    """The fragment for htmx; else the voice's page, or the fragment on a page of its own when it was refused."""
    voice.refresh_from_db(fields=["stage", "notes", "gone_at", "deleted_at"])
    template = f"annotations/_{part}.html"
    context = {"page": "library", "voice": voice, "answer": answer, "part": template}
    status = 422 if answer.is_refusal else 200
    if request.htmx:
        return render(request, template, context, status=status)
    if answer.is_refusal:
        return render(request, "annotations/part.html", context, status=status)
    messages.success(request, answer.say)
    return redirect_after_post(request, f"{reverse('voices:voice', args=[voice.pk])}#order-{part}")


@require_POST
@team_page
def tags(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Puts the tags that were typed on the voice, or takes one off."""
    voice = get_ordered_voice_for(request.member, voice_id)
    return _reply(
        request, voice, "tags", _take(request, voice) if "take" in request.POST else _add(request, voice)
    )


def _add(request: StudioRequest, voice: Voice) -> Answer:
    typed = request.POST.get("tags", "")
    try:
        names = read_tags(typed)
        new = add_tags(member=request.member, voice=voice, names=names, now=timezone.now())
    except TagError as problem:
        return Answer(problem=str(problem), typed=typed[:MAX_TYPED])
    told = ", ".join(tag.name for tag in new)
    return Answer(say=f"Tagged {told}." if told else f"{voice.name} already has this tag.")


def _take(request: StudioRequest, voice: Voice) -> Answer:
    given = request.POST.get("take", "")
    number = int(given) if given.isdecimal() and len(given) < 19 else 0
    tag = voice.tags.filter(pk=number).first()
    if tag is None:
        return Answer(say="This tag was already removed.", focus=True)
    take_tag(member=request.member, voice=voice, tag=tag, now=timezone.now())
    return Answer(say=f"Tag {tag.name} removed.", focus=True)


@require_POST
@team_page
def stage(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Moves the voice to another stage, from the one that the person saw."""
    voice = get_ordered_voice_for(request.member, voice_id)
    wanted, seen = request.POST.get("stage", ""), request.POST.get("seen", "")
    if wanted not in Stage.values or seen not in Stage.values:
        return _reply(request, voice, "stage", Answer(problem="Choose one of the three stages."))
    moved = move_stage(member=request.member, voice=voice, seen=seen, stage=Stage(wanted), now=timezone.now())
    if moved:
        return _reply(
            request, voice, "stage", Answer(say=f"{voice.name} is now {Stage(wanted).label.lower()}.")
        )
    voice.refresh_from_db(fields=["stage"])
    told = f"Someone else just moved it to {voice.get_stage_display()}, so nothing was changed."
    return _reply(request, voice, "stage", Answer(problem=told))


@require_POST
@team_page
def notes(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Writes the note over the one that the person saw."""
    voice, typed = get_ordered_voice_for(request.member, voice_id), request.POST.get("note", "")
    try:
        note = read_note(typed)
    except NoteError as problem:
        return _reply(request, voice, "notes", Answer(problem=str(problem), typed=typed))
    seen = request.POST.get("seen", "")
    if write_note(member=request.member, voice=voice, note=note, seen=seen, now=timezone.now()):
        return _reply(request, voice, "notes", Answer(say="Note saved.", focus=True))
    return _reply(request, voice, "notes", Answer(differs=True, typed=note))


@require_POST
@team_page
def aliases(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Gives the voice a new alias."""
    voice, typed = get_ordered_voice_for(request.member, voice_id), request.POST.get("name", "")
    try:
        alias = make_alias(member=request.member, name=typed, voice=voice, now=timezone.now())
    except AliasTakenError as problem:
        other = None if problem.other.voice_id == voice.pk else problem.other.pk
        answer = Answer(problem=str(problem), typed=typed[:100], other=other)
    except AliasError as problem:
        answer = Answer(problem=str(problem), typed=typed[:100])
    else:
        answer = Answer(say=f"{alias.name} now points to {voice.name}.")
    return _reply(request, voice, "aliases", answer)
