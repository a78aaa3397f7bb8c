"""A new link: shown once, and emailed if requested and possible."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from voices.actions.speakers.requests import NewLink
from voices.kit import languages
from voices.models import SpeakerRequest
from voices.web.http import StudioRequest
from voices.web.links import link_path
from voices.web.mail import send_mail


def show_link(request: StudioRequest, made: NewLink) -> HttpResponse:
    """Email the link if possible, and show it, which is only possible once."""
    asked, url = made.request, request.build_absolute_uri(link_path(made.token))
    facts = {"asked": asked, "url": url}
    context = {
        "page": "clone",
        "asked": asked,
        "url": url,
        "mailto": _mailto(asked, url),
        "is_translated": _is_translated(asked),
        "is_sent": bool(asked.email) and send_mail(request, "requests/email/link", asked.email, facts),
        "sends_mail": settings.SENDS_MAIL,
    }
    return render(request, "requests/link.html", context)


def _is_translated(asked: SpeakerRequest) -> bool:
    """Whether the statement is in the language that the speaker is asked in."""
    return languages.writing_of(asked.statement.language) == languages.writing_of(asked.language)


def _mailto(asked: SpeakerRequest, url: str) -> str:
    """Return the mailto: URL with the message."""
    subject = f"A recording of your voice for {asked.team.name}"
    lines = [f"Hello {asked.speaker},", "", "please record your voice for us here:", url, ""]
    lines += [f"The link works once, until {asked.expires_at:%-d %B %Y}.", "", asked.requester_name]
    return f"mailto:{quote(asked.email)}?subject={quote(subject)}&body={quote(chr(10).join(lines))}"
