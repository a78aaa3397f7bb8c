"""The page of a voice, its player, its activity and its usage."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from voices.access import NO_VOICE, Verb, get_editable_voice_for, get_played_voice_for, get_voice_for, may
from voices.actions import NotPossibleError
from voices.actions.voice.health_checks import check_now
from voices.actions.voice.previews import retry_preview
from voices.actions.voice.usage import agents_using, reading_key, recent_use
from voices.library.activity import read_before, voice_activity
from voices.library.auditions import auditions_of
from voices.models import Consent, Favourite, Membership, Voice
from voices.web.consents.facts import consent_panel
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.sample.report import shown_recording
from voices.web.voice.details import ageing_of, facts_of, origin_of, settings_of
from voices.web.voice.permissions import voice_permissions
from voices.web.voice.snippets import snippets_of


@require_safe
@team_page
@gzip_page
def page(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show a voice with every field of the API in words, its activity and its origin."""
    voice = get_voice_for(request.member, voice_id)
    voice.is_favourite = Favourite.objects.filter(user=request.user, voice=voice).exists()
    context = {
        "page": "library",
        "voice": voice,
        "preview": getattr(voice, "preview", None),
        "facts": facts_of(voice),
        "origin": origin_of(request.member, voice),
        "definition": settings_of(voice),
        **ageing_of(request.member, voice, timezone.now().date()),
        "snippets": snippets_of(voice) if voice.deleted_at is None else [],
        "activity": voice_activity(request.member, voice),
        "auditions": auditions_of(voice, now=timezone.now()),
        **_recording_of(request.member, voice),
        **voice_permissions(request.member, voice),
        **consent_panel(request.member, voice),
    }
    return render(request, "voice/page.html", context)


def _recording_of(member: Membership, voice: Voice) -> dict[str, Any]:
    """Return the context of `sample/_recording.html`."""
    if voice.sample is None:
        return {}
    return {
        "shown": shown_recording(voice.sample),
        "filename": (voice.job.filename if voice.job else "") or voice.sample.filename,
        "can_hear": may(member, Verb.CLONE) and not Consent.objects.quarantine(voice.sample, timezone.now()),
    }


@require_safe
@team_page
@gzip_page
def activity(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show older activity: the next entries for htmx, a page of them without script."""
    voice = get_voice_for(request.member, voice_id)
    before = read_before(request.GET.get("before", ""))
    found = voice_activity(request.member, voice, before=before)
    context = {"page": "library", "voice": voice, "activity": found, "is_next": before is not None}
    return render(request, "voice/_history.html" if request.htmx else "voice/activity.html", context)


@require_safe
@team_page
def usage(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show which agents use the voice and how often, read from Althea: a panel for htmx, else a page."""
    voice = get_voice_for(request.member, voice_id)
    if voice.deleted_at is not None:
        raise Http404(NO_VOICE)
    key = reading_key(request.member, voice)
    context = {
        "page": "library",
        "voice": voice,
        "usage": agents_using(key, voice),
        "recent_use": recent_use(key, voice, today=timezone.now().date()),
        "may_replace": may(request.member, Verb.EDIT_VOICE),
    }
    return render(request, "voice/_usage.html" if request.htmx else "voice/usage.html", context)


def _show_player(request: StudioRequest, voice: Voice, *, autoplay: bool) -> HttpResponse:
    context = {
        "voice": voice,
        "preview": getattr(voice, "preview", None),
        "autoplay": autoplay,
        "is_quarantined": voice.is_quarantined(timezone.now()),
    }
    return render(request, "voice/_player.html", context)


@require_safe
@team_page
def player(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show the player that replaces a row's play button. It starts to play unless the URL has `quiet`."""
    voice = get_played_voice_for(request.member, voice_id)
    return _show_player(request, voice, autoplay="quiet" not in request.GET)


@require_POST
@team_page
def check(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Check the voice at Althea now, and say what came of it."""
    voice = get_editable_voice_for(request.member, voice_id)
    try:
        problem = check_now(member=request.member, voice=voice)
    except NotPossibleError as reason:
        messages.warning(request, str(reason))
    else:
        add_message = messages.error if problem else messages.success
        add_message(
            request,
            f"This voice fails. {problem}" if problem else "Checked: Althea has this voice and its preview.",
        )
    return redirect_after_post(request, reverse("voices:voice", args=[voice.pk]))


@require_POST
@team_page
def retry(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Retry a failed preview."""
    voice = get_played_voice_for(request.member, voice_id)
    if voice.is_quarantined(timezone.now()):
        return _show_player(request, voice, autoplay=False)
    voice.preview = retry_preview(member=request.member, voice=voice, now=timezone.now())
    if request.htmx:
        return _show_player(request, voice, autoplay=False)
    return redirect_after_post(request, reverse("voices:voice", args=[voice.pk]))
