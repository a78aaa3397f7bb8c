"""Saved views: a search with its filters and order, under a name of one's own; shared ones are the team's to use."""

from django.db import IntegrityError, transaction

from voices import audit
from voices.access import Verb, require
from voices.kit.names import clean_name
from voices.models import Membership, SavedView

MOST_NAME = 60
MOST_VIEWS = 100


class ViewRefusedError(Exception):
    """The view cannot be kept so; the message is for the person."""


def save_view(*, member: Membership, name: str, query: str, is_shared: bool = False) -> SavedView:
    """The member's view of that name: a new one, or the one there was with another query.

    `query` is the library's canonical one. Raises ViewRefusedError, and PermissionDenied for sharing.
    """
    name = _named(name)
    if is_shared:
        require(member, Verb.KEEP_ORDER)
    mine = SavedView.objects.filter(team=member.team, owner=member.user)
    with transaction.atomic():
        if not mine.filter(name=name).exists() and mine.count() >= MOST_VIEWS:
            raise ViewRefusedError(f"You have {MOST_VIEWS} saved views, which is the most. Remove one first.")
        view, _ = SavedView.objects.update_or_create(
            team=member.team,
            owner=member.user,
            name=name,
            defaults={"query": query},
            create_defaults={"query": query, "is_shared": is_shared},
        )
        if is_shared:
            audit.record(actor=member.user, team=member.team, verb="view.shared", thing=view)
    return view


def rename_view(*, member: Membership, view: SavedView, name: str) -> SavedView:
    """The view under another name. Raises ViewRefusedError where the owner has one of that name."""
    view.name = _named(name)
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError as problem:
        raise ViewRefusedError(f"There is a view named {view.name} already.") from problem
    return view


def share_view(*, member: Membership, view: SavedView, is_shared: bool) -> SavedView:
    """The view, shown to the whole team or to its owner only. Raises PermissionDenied."""
    require(member, Verb.KEEP_ORDER)
    with transaction.atomic():
        changed = SavedView.objects.filter(pk=view.pk, is_shared=not is_shared).update(is_shared=is_shared)
        if changed:
            verb = "view.shared" if is_shared else "view.unshared"
            audit.record(actor=member.user, team=member.team, verb=verb, thing=view)
    view.is_shared = is_shared
    return view


def remove_view(*, member: Membership, view: SavedView) -> None:
    """The view is gone, for everybody where it was shared."""
    with transaction.atomic():
        if view.is_shared:
            audit.record(actor=member.user, team=member.team, verb="view.removed", thing=view)
        SavedView.objects.filter(pk=view.pk).delete()


def _named(name: str) -> str:
    clean = clean_name(name)
    if not clean:
        raise ViewRefusedError("Give the view a name.")
    if len(clean) > MOST_NAME:
        raise ViewRefusedError(
            f"A view's name has at most {MOST_NAME} characters; this one has {len(clean)}."
        )
    return clean
