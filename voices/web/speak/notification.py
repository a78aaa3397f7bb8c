"""The email that notifies the requester of a speaker's recording."""

from django.http import HttpRequest
from django.urls import reverse

from voices.models import SpeakerRequest
from voices.web.mail import send_mail


def notify_requester(request: HttpRequest, asked: SpeakerRequest) -> None:
    """Email the requester if they still exist. The speaker does not learn of a failure."""
    if asked.requester is not None:
        url = request.build_absolute_uri(reverse("voices:request", args=[asked.pk]))
        send_mail(request, "requests/email/arrived", asked.requester.email, {"asked": asked, "url": url})
