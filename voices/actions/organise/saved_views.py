"""Saved views: a search with its filters and order, under a name of one's own; shared ones are the team's to use."""

from django.db import IntegrityError, transaction

from voices import audit
from voices.access import Verb, require
from voices.kit.names import clean_name
from voices.models import Membership, SavedView

MAX_NAME = 60
MAX_VIEWS = 100


class ViewRefusedError(Exception):
    """The view cannot be kept so; the message is for the person."""


def save_view(*, member: Membership, name: str, query: str, is_shared: bool = False) -> SavedView:
    """The member's view of that name: a new one, or the one there was with another query.

    `query` is the library's canonical one. Raises ViewRefusedError, and PermissionDenied for sharing.
    """
    name = _named(name)
    if is_shared:
        require(member, Verb.ORGANISE)
    mine = SavedView.objects.filter(team=member.team, owner=member.user)
    with transaction.atomic():
        if not mine.filter(name=name).exists() and mine.count() >= MAX_VIEWS:
            raise ViewRefusedError(f"You have {MAX_VIEWS} saved views, which is the most. Remove one first.")
        view, is_new = SavedView.objects.get_or_create(
            team=member.team, owner=member.user, name=name, defaults={"query": query}
        )
        if not is_new:
            _change(member, view, query=query)
        if is_shared:
            _share(member, view, is_shared=True)
    return view


def update_view(*, member: Membership, view: SavedView, query: str) -> SavedView:
    """The view with another query, the library's canonical one. Raises ViewRefusedError where it is gone."""
    with transaction.atomic():
        return _change(member, view, query=query)


def rename_view(*, member: Membership, view: SavedView, name: str) -> SavedView:
    """The view under another name. Raises ViewRefusedError where it is gone, or its owner has one of that name."""
    name = _named(name)
    try:
        with transaction.atomic():
            return _change(member, view, name=name)
    except IntegrityError as problem:
        raise ViewRefusedError(f"There is a view named {name} already.") from problem


def share_view(*, member: Membership, view: SavedView, is_shared: bool) -> SavedView:
    """The view, shown to the whole team or to its owner only. Raises PermissionDenied."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        _share(member, view, is_shared=is_shared)
    return view


def remove_view(*, member: Membership, view: SavedView) -> None:
    """The view is gone, for everybody where it was shared."""
    with transaction.atomic():
        removed, _ = SavedView.objects.filter(pk=view.pk).delete()
        if removed and view.is_shared:
            audit.record(actor=member.user, team=member.team, verb="view.removed", thing=view)


def _change(member: Membership, view: SavedView, **facts: str) -> SavedView:
    changed = SavedView.objects.filter(pk=view.pk).exclude(**facts).update(**facts)
    if not changed and not SavedView.objects.filter(pk=view.pk).exists():
        raise ViewRefusedError(f"The view {view.name} was removed meanwhile.")
    for name, fact in facts.items():
        setattr(view, name, fact)
    if changed and view.is_shared:
        audit.record(actor=member.user, team=member.team, verb="view.changed", thing=view)
    return view


def _share(member: Membership, view: SavedView, *, is_shared: bool) -> None:
    changed = SavedView.objects.filter(pk=view.pk, is_shared=not is_shared).update(is_shared=is_shared)
    view.is_shared = is_shared
    if changed:
        verb = "view.shared" if is_shared else "view.unshared"
        audit.record(actor=member.user, team=member.team, verb=verb, thing=view)


def _named(name: str) -> str:
    clean = clean_name(name)
    if not clean:
        raise ViewRefusedError("Give the view a name.")
    if len(clean) > MAX_NAME:
        raise ViewRefusedError(f"A view's name has at most {MAX_NAME} characters; this one has {len(clean)}.")
    return clean
