"""The email that tells the requester that a speaker's recording has arrived."""

import logging

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from voices.models import SpeakerRequest

logger = logging.getLogger(__name__)


def announce_arrival(request: HttpRequest, asked: SpeakerRequest) -> None:
    """Email the requester, if this Voice Studio sends any mail. The speaker is not told if that fails."""
    if not settings.SENDS_MAIL or asked.requester is None:
        return
    url = request.build_absolute_uri(reverse("voices:request", args=[asked.pk]))
    try:
        get_adapter(request).send_mail(
            "requests/email/arrived", asked.requester.email, {"asked": asked, "url": url}
        )
    except OSError:  # SMTPException is one
        logger.exception("The arrival of a speaker's recording could not be sent by email.")
