"""A member's ballot: the page, its audio, and saving ratings. Nothing here reveals a voice's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from voices.access import Verb, get_audition_for, get_candidate_for, may, may_manage_audition
from voices.actions import NotPossibleError
from voices.actions.auditions.rating import GivenRating, note_hearing, rate_voices
from voices.actions.files import MissingFileError
from voices.actions.voice.previews import refetch_preview
from voices.library.auditions import Choice, listening_of
from voices.models import Audition, PreviewFile, PreviewState
from voices.web.auditions.form import read_ratings
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.stored_audio import AudioResponse, StoredAudio, answer

SCALE = ((1, "Bad"), (2, "Poor"), (3, "Fair"), (4, "Good"), (5, "Excellent"))
NO_PREVIEW = "This voice has no preview at the moment."
SAVED = "Ratings saved."
DONE = "Your ratings are final. The result shows when the audition ends."


@dataclass(frozen=True)
class Entry:
    """A voice on the ballot: what the listener sees, the typed or stored rating, and its problem."""

    choice: Choice
    score: int | None
    remark: str
    problem: str


def _entry(choice: Choice, typed: Mapping[str, GivenRating], problems: Mapping[str, str]) -> Entry:
    given, stored = typed.get(choice.token), choice.rating
    problem = problems.get(choice.token, "")
    if given is not None and problem:
        return Entry(choice, given.score, given.remark, problem)
    return Entry(choice, stored.score if stored else None, stored.remark if stored else "", problem)


def ballot_page(
    request: StudioRequest,
    audition: Audition,
    typed: Mapping[str, GivenRating] | None = None,
    problems: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Show the ballot, with ratings that could not be saved and why."""
    listening = listening_of(request.member, audition, now=timezone.now())
    context = {
        "page": "auditions",
        "audition": audition,
        "may_manage": may_manage_audition(request.member, audition),
        "can_rate": may(request.member, Verb.RATE_VOICES) and not listening.is_finished,
        "listening": listening,
        "entries": [_entry(choice, typed or {}, problems or {}) for choice in listening.choices],
        "scale": SCALE,
    }
    return render(request, "auditions/ballot.html", context, status=422 if problems else 200)


@require_POST
@team_page
def rate(request: StudioRequest, audition_id: UUID) -> HttpResponse:
    """Save ratings: of one voice for htmx, of all without; with `finish`, they become final."""
    audition = get_audition_for(request.member, audition_id)
    given, is_last = read_ratings(request.POST), "finish" in request.POST
    try:
        problems = rate_voices(
            member=request.member, audition=audition, given=given, finish=is_last, now=timezone.now()
        )
    except NotPossibleError as problem:
        if request.htmx and given:
            return _show_saved(request, audition, given, dict.fromkeys(given, str(problem)))
        messages.error(request, str(problem))
        problems = {}
    else:
        if request.htmx and given and not is_last:
            return _show_saved(request, audition, given, problems)
        if problems:
            return ballot_page(request, audition, given, problems)
        if given:
            messages.success(request, DONE if is_last else SAVED)
    return redirect_after_post(request, reverse("voices:audition", args=[audition.pk]))


def _show_saved(
    request: StudioRequest, audition: Audition, given: Mapping[str, GivenRating], problems: Mapping[str, str]
) -> HttpResponse:
    """Show beside the voice whether its rating was saved, and the progress."""
    token, rating = next(iter(given.items()))
    listening = listening_of(request.member, audition, now=timezone.now())
    context = {
        "letter": next((one.letter for one in listening.choices if one.token == token), ""),
        "problem": problems.get(token, ""),
        "is_saved": not rating.is_empty,
        "is_fragment": True,
        "listening": listening,
    }
    return render(request, "auditions/_saved.html", context, status=422 if problems else 200)


@require_safe
@team_page
def audio(request: StudioRequest, audition_id: UUID, token: str) -> HttpResponse:
    """Send the preview for a listener's token, with a file name and an ETag that do not identify the voice."""
    candidate = get_candidate_for(request.member, audition_id, token, now=timezone.now())
    preview: PreviewFile | None = getattr(candidate.voice, "preview", None)
    if preview is None or preview.state != PreviewState.READY:
        raise Http404(NO_PREVIEW)
    stored = StoredAudio(
        preview.file,
        preview.size_bytes,
        preview.content_type,
        etag=f'"{candidate.audition.digest(token, preview.etag)}"',
        filename=f"voice.{preview.extension}",
        cache="private, no-cache",
    )
    try:
        response = answer(request, stored)
    except MissingFileError as problem:
        refetch_preview(row=preview, now=timezone.now())
        raise Http404(NO_PREVIEW) from problem
    if isinstance(response, AudioResponse) and response.is_beginning:
        # Before sending, so that a listener can rate the voice at once.
        note_hearing(member=request.member, candidate=candidate, now=timezone.now())
    return response
