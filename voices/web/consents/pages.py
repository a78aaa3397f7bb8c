"""The pages of consents: the team's quarantine, a consent with its withdrawal and receipt, and the public keys."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.defaults import bad_request

from voices.access import (
    Verb,
    get_consent_for,
    get_consentable_voice_for,
    get_withdrawable_consent_for,
    may,
)
from voices.actions import NotPossibleError
from voices.actions.consents.ending import MAX_REASON, ReasonError, read_reason, withdraw_consent
from voices.actions.consents.receipts import signed_receipt
from voices.actions.consents.stating import ConsentError, add_consent
from voices.actions.voice.usage import agents_using_any
from voices.kit.receipts import as_jwk
from voices.library.consents import agents_by_voice, consent_counts, deletions_of, quarantine_of, voices_of
from voices.models import Consent, ReceiptKey, Voice
from voices.web.clone.recording import is_complete
from voices.web.consents.facts import consent_context, state_text
from voices.web.consents.form import ConsentForm, consent_values
from voices.web.consents.spoken import read_spoken
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.voice.details import recording_facts


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the team's voices in quarantine; with `agents`, as htmx asks after the page, the agents that use them."""
    found = quarantine_of(request.member)
    context: dict[str, Any] = {
        "page": "consents",
        "quarantine": found,
        "listed": [(voice, state_text(voice.consent, timezone.now())) for voice in found.voices],
        "counts": consent_counts(request.member),
        "may_delete": may(request.member, Verb.DELETE_VOICE),
    }
    if "agents" in request.GET:
        usage = agents_using_any(request.member, [voice for voice in found.voices if voice.gone_at is None])
        context |= {"agents": agents_by_voice(usage.agents), "problems": usage.problems, "knows_agents": True}
        context["unread"] = [account for account, _ in usage.problems]
    return render(request, "consents/_quarantine.html" if request.htmx else "consents/page.html", context)


@require_safe
@team_page
def consent(request: StudioRequest, uid: UUID) -> HttpResponse:
    """Show a consent, the voices that it covers and the proofs of their deletion."""
    return _show(request, get_consent_for(request.member, uid))


def _show(
    request: StudioRequest, consent: Consent, *, problem: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "page": "consents",
        "voices": voices_of(consent),
        "deletions": deletions_of(consent),
        "recording": recording_facts(consent.sample, None) if consent.sample else "",
        "has_ended": consent.has_ended(timezone.now()),
        "may_delete": may(request.member, Verb.DELETE_VOICE),
        "problem": problem,
        "typed": typed,
        "max_reason": MAX_REASON,
        **consent_context(request.member, consent),
    }
    return render(request, "consents/consent.html", context, status=status)


@require_POST
@team_page
def withdraw(request: StudioRequest, uid: UUID) -> HttpResponse:
    """Withdraw a consent for good, with a reason. It is no error if someone else just did."""
    consent = get_withdrawable_consent_for(request.member, uid)
    typed = request.POST.get("reason", "")
    try:
        reason = read_reason(typed)
    except ReasonError as problem:
        return _show(request, consent, problem=str(problem), typed=typed[: MAX_REASON * 2], status=422)
    if withdraw_consent(member=request.member, consent=consent, reason=reason, now=timezone.now()):
        messages.success(
            request, "Consent withdrawn. Its voices are hidden and can't be played here any more."
        )
    else:
        messages.info(request, "This consent was already withdrawn.")
    return redirect_after_post(request, reverse("voices:consent", args=[consent.uid]))


@require_safe
@team_page
def receipt(request: StudioRequest, uid: UUID) -> HttpResponse:
    """Answer with the signed receipt of a consent, as a file."""
    consent = get_consent_for(request.member, uid)
    content = signed_receipt(member=request.member, consent=consent, now=timezone.now())
    disposition = f'attachment; filename="consent-{consent.uid}.json"'
    return HttpResponse(
        content, content_type="application/json", headers={"Content-Disposition": disposition}
    )


@require_safe
@login_not_required
def keys(request: HttpRequest) -> HttpResponse:
    """Answer with the public keys that sign receipts, or have signed them, as a JSON Web Key Set. For everybody."""
    found = ReceiptKey.objects.order_by("-first_used_at", "-pk").values_list("public_key", flat=True)
    answer = JsonResponse({"keys": [as_jwk(one) for one in found]})
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def add(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show the form to record consent for a voice that is there already, or record it."""
    voice = get_consentable_voice_for(request.member, voice_id)
    if request.method != "POST":
        form = ConsentForm(initial=consent_values(voice.consent), team=request.member.team)
        return _show_form(request, voice, form)
    if not is_complete(request):
        return bad_request(request, BadRequest("cut off"))
    form = ConsentForm(request.POST, team=request.member.team, kept=read_spoken(request))
    if not (form.is_valid() and _add(request, voice, form)):
        return _show_form(request, voice, form, status=422)
    messages.success(request, f"Consent recorded for {voice.name}.")
    return redirect_after_post(request, f"{reverse('voices:voice', args=[voice.pk])}#consent")


def _add(request: StudioRequest, voice: Voice, form: ConsentForm) -> bool:
    """Record the consent of a valid form. Return False with an error on the form if that is not possible."""
    try:
        add_consent(member=request.member, voice=voice, consent=form.to_consent(), now=timezone.now())
    except ConsentError as problem:
        form.add_error(problem.field, str(problem))
        return False
    except NotPossibleError as problem:
        form.add_error(None, str(problem))
        return False
    return True


def _show_form(request: StudioRequest, voice: Voice, form: ConsentForm, *, status: int = 200) -> HttpResponse:
    context = {
        "page": "library",
        "voice": voice,
        "form": form,
        "recording": recording_facts(voice.sample, voice.job) if voice.sample else "",
    }
    return render(request, "consents/add.html", context, status=status)
