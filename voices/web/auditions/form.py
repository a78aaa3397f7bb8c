"""The forms of auditions: starting one, and rating its voices."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from voices.actions.auditions.holding import DAYS
from voices.actions.auditions.rating import GivenRating
from voices.kit.names import clean_name
from voices.models import HIGHEST, LOWEST, MAX_VOICES
from voices.web.fields import LineField

MAX_TITLE = 120
SCORES = {str(score): score for score in range(LOWEST, HIGHEST + 1)}
OUT_OF_RANGE = 0
# More than allowed, so that people who chose too many see their choice.
MAX_SHOWN = 4 * MAX_VOICES


def _days(text: str) -> int | None:
    return int(text) if text else None


class AuditionForm(forms.Form):
    """The question of an audition, and when it ends."""

    title = LineField(
        label="Question",
        limit=MAX_TITLE,
        error_messages={"required": "Enter the question, such as “Which voice for the support line?”"},
    )
    days = forms.TypedChoiceField(
        label="Ends",
        required=False,
        coerce=_days,
        empty_value=None,
        choices=[("", "When you end it"), *[(days, f"In {days} day{'s' * (days > 1)}") for days in DAYS]],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].widget.attrs["placeholder"] = "Which voice for the support line?"


def read_voice_ids(params: QueryDict) -> list[UUID]:
    """Return the ids of the chosen voices, ignoring invalid ones."""
    found = []
    for text in params.getlist("voice")[:MAX_SHOWN]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue  # treated like a voice of another team
    return found


def read_ratings(form: QueryDict) -> dict[str, GivenRating]:
    """Return the form's rating of each voice, by its token; an invalid score is out of range."""
    names = (name.partition("-") for name in form if name.startswith(("score-", "remark-")))
    return {token: _rating(form, token) for token in dict.fromkeys(token for _, _, token in names)}


def _rating(form: QueryDict, token: str) -> GivenRating:
    score = form.get(f"score-{token}", "")
    remark = clean_name(form.get(f"remark-{token}", ""))
    return GivenRating(SCORES.get(score, OUT_OF_RANGE) if score else None, remark)
