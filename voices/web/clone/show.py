"""What the clone page shows: the form, or only its recording."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from voices.access import Verb, may
from voices.audio import limits
from voices.kit import languages
from voices.library.quota import full_accounts, quotas_of
from voices.models import Membership
from voices.web.clone.form import CloneForm, new_form_token, usable_keys
from voices.web.clone.parts import part_fields
from voices.web.clone.recording import Recording, sign_recording
from voices.web.consents.spoken import read_spoken
from voices.web.http import StudioRequest
from voices.web.sample.report import shown_recording

NO_RECORDING = Recording()
# Phones choose by `audio/*`. The endings are for what their systems do not take for audio, or know by no other name.
ACCEPT = (
    "audio/*,.wav,.wave,.mp3,.m4a,.m4b,.aac,.flac,.ogg,.oga,.opus,.spx,.webm,.weba,.mka,.mp4,.3gp,.amr,"
    ".aif,.aiff,.aifc,.caf,.wma,.w64,.au"
)
CANNOT_PLAY = "Your browser can't play this kind of file. What will be sent plays everywhere."


def show_form(
    request: StudioRequest, form: CloneForm, recording: Recording = NO_RECORDING, *, status: int = 200
) -> HttpResponse:
    """Show the whole form: as a page, or by itself for htmx."""
    full = full_accounts(form.keys)
    context = {
        "page": "clone",
        "form": form,
        "full_keys": full,
        "full_ids": {key.pk for key in form.keys if key.account in {one.account for _, one in full}},
        "anyway": request.POST.get("anyway") == "1",
        "slots": quotas_of(request.member),
        "form_token": new_form_token(request.member),
        "keys": form.keys,
        "languages": languages.choices(),
        "can_clone": may(request.member, Verb.CLONE),
        "sandbox": settings.SANDBOX,
        **_recording_context(request.member, recording),
        "problem": " ".join(str(one) for one in form.errors.get("file", [])) or recording.problem,
    }
    template = "clone/_form.html" if request.htmx else "clone/page.html"
    return render(request, template, context, status=status)


def show_recording(request: StudioRequest, recording: Recording) -> HttpResponse:
    """Show the recording: alone for htmx, else in the form as it was typed, which is not judged yet."""
    status = 422 if recording.problem or recording.part_problem else 200
    if request.htmx:
        context = _recording_context(request.member, recording) | {"is_fragment": True}
        return render(request, "clone/_sample.html", context, status=status)
    form = CloneForm(
        initial=request.POST.dict(),
        keys=usable_keys(request.user),
        team=request.member.team,
        kept=read_spoken(request),
    )
    return show_form(request, form, recording, status=status)


def _recording_context(member: Membership, recording: Recording) -> dict[str, Any]:
    sample = recording.sample
    return {
        "recording": recording,
        "problem": recording.problem,
        "sample": sample,
        "sample_token": sign_recording(member, sample, recording.filename) if sample else "",
        "shown": shown_recording(sample) if sample else None,
        "part": part_fields(sample) if sample else None,
        "accept": ACCEPT,
        "most_bytes": limits.INPUT_BYTES,
        "cannot_play": CANNOT_PLAY,
    }
