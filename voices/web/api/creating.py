"""What the operations that make a voice have in common: the keys they may use, errors of a form, and their answer."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from ninja import Status

from voices.models import ApiKey
from voices.web.api.auth import ApiRequest
from voices.web.api.catalogue import FieldErrors
from voices.web.api.jobs import POLL_SECONDS
from voices.web.api.problems import ApiError
from voices.web.clone.form import usable_keys

FORM_NAMES = {"expiresOn": "expires_on"}  # of fields that the form calls otherwise
API_NAMES = {form: api for api, form in FORM_NAMES.items()}
NO_KEY = "You have no key that can clone. Add one on the Keys page."


def require_keys(request: ApiRequest) -> list[ApiKey]:
    """Return the person's keys that can make voices. Raises ApiError without one."""
    keys = usable_keys(request.user)
    if not keys:
        raise ApiError("not_possible", NO_KEY)
    return keys


def form_errors(form: forms.Form) -> FieldErrors:
    """Return the form's errors by the API's names of its fields."""
    return [
        (API_NAMES.get(field, "" if field == "__all__" else field), str(text))
        for field, texts in form.errors.items()
        for text in texts
    ]


def answer_with_job(
    response: HttpResponse, job: dict[str, Any], *, is_dry_run: bool
) -> Status[dict[str, Any]]:
    """Answer with the job as the API sends it, and where to ask for it; without that for a dry run."""
    if is_dry_run:
        return Status(200, job)
    response.headers["Location"] = reverse("api:get_job", args=[job["id"]])
    response.headers["Retry-After"] = POLL_SECONDS
    return Status(202, job)
