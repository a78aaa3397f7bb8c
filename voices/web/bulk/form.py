"""The form of the bulk bar below the library: which voices, and the operation on them."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict

from voices.access import NO_VOICE
from voices.actions.bulk.submit import MAX_DELETED, OF_VOICES, BulkOperation
from voices.actions.organise.tags import TagError, read_tag
from voices.library.filters import parse_query
from voices.library.selection import MAX_BY_HAND, Selection, select_by_filters, select_by_ids
from voices.models import BulkVerb, Membership, Stage

NONE_SELECTED = "Select some voices first: tick the boxes in their rows."
NO_OPERATION = "Choose what to do with the voices."
TOO_MANY = f"You can select at most {MAX_BY_HAND} voices one by one. Choose “All that match” instead."
NO_MATCH = "No voices match now, so nothing was changed."


def read_operation(form: QueryDict) -> BulkOperation:
    """Read the operation. Raise ValidationError with a message for people."""
    verb = form.get("verb", "")
    if verb not in OF_VOICES:
        raise ValidationError(NO_OPERATION)
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


def read_selection(member: Membership, form: QueryDict, *, limit: int) -> Selection:
    """Read the selected voices. Raise ValidationError, or Http404 if none of them is the team's."""
    if form.get("all") == "1":
        return _require_some(select_by_filters(member, parse_query(form.get("query", "")), limit=limit))
    given = form.getlist("voice")
    if len(given) > MAX_BY_HAND:
        raise ValidationError(TOO_MANY)
    if not given:
        raise ValidationError(NONE_SELECTED)
    return _of_team(member, given)


def read_confirmed(member: Membership, form: QueryDict) -> Selection:
    """Read the voices that the confirmation page named and no others, whatever matches now. Raise Http404."""
    return _of_team(member, form.get("voices", "").split(",")[:MAX_DELETED])


def _require_some(chosen: Selection) -> Selection:
    if not chosen.ids:
        raise ValidationError(NO_MATCH)
    return chosen


def _of_team(member: Membership, given: Iterable[str]) -> Selection:
    chosen = select_by_ids(member, _uuids(given))
    if not chosen.ids:
        raise Http404(NO_VOICE)
    return chosen


def _uuids(given: Iterable[str]) -> set[UUID]:
    found = set()
    for text in given:
        try:
            found.add(UUID(text))
        except ValueError:
            continue  # treated like a voice of another team
    return found
