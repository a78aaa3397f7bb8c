"""What the bar below the library sends: which voices, and what is to be done to them."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict

from voices.access import NO_VOICE
from voices.actions.bulk.submit import MAX_DELETED, BulkOperation
from voices.actions.organise.tags import TagError, read_tag
from voices.library.filters import parse_query
from voices.library.selection import MAX_BY_HAND, Selection, chosen_by_filters, chosen_by_hand
from voices.models import BulkVerb, Membership, Stage

NOTHING_CHOSEN = "Select some voices first: tick the boxes in their rows."
NO_VERB = "Choose what to do with the voices."
TOO_MANY = f"You can select at most {MAX_BY_HAND} voices one by one. Choose “All that match” instead."
NO_MATCH = "No voices match now, so nothing was changed."


def read_wish(form: QueryDict) -> BulkOperation:
    """What is to be done. Raises ValidationError with a sentence."""
    verb = form.get("verb", "")
    if verb not in BulkVerb.values:
        raise ValidationError(NO_VERB)
    if verb in {BulkVerb.TAG, BulkVerb.UNTAG}:
        try:
            return BulkOperation(BulkVerb(verb), {"tag": read_tag(form.get("tag", ""))})
        except TagError as problem:
            raise ValidationError(str(problem)) from problem
    if verb == BulkVerb.STAGE:
        if (stage := form.get("stage", "")) not in Stage.values:
            raise ValidationError("Choose a stage first.")
        return BulkOperation(BulkVerb(verb), {"stage": stage})
    return BulkOperation(BulkVerb(verb))


def read_choice(member: Membership, form: QueryDict, *, most: int) -> Selection:
    """Which voices. Raises ValidationError with a sentence, Http404 where none of them is the team's."""
    if form.get("all") == "1":
        return _some(chosen_by_filters(member, parse_query(form.get("query", "")), most=most))
    given = form.getlist("voice")
    if len(given) > MAX_BY_HAND:
        raise ValidationError(TOO_MANY)
    if not given:
        raise ValidationError(NOTHING_CHOSEN)
    return _ours(member, given)


def read_confirmed(member: Membership, form: QueryDict) -> Selection:
    """The voices that a confirmation page named: those and no others, whatever matches by now. Raises Http404."""
    return _ours(member, form.get("voices", "").split(",")[:MAX_DELETED])


def _some(chosen: Selection) -> Selection:
    if not chosen.ids:
        raise ValidationError(NO_MATCH)
    return chosen


def _ours(member: Membership, given: Iterable[str]) -> Selection:
    chosen = chosen_by_hand(member, _uuids(given))
    if not chosen.ids:
        raise Http404(NO_VOICE)
    return chosen


def _uuids(given: Iterable[str]) -> set[UUID]:
    found = set()
    for text in given:
        try:
            found.add(UUID(text))
        except ValueError:
            continue  # as good as foreign
    return found
