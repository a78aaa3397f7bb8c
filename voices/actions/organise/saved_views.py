"""Saved views: searches with their filters and sort order. Shared ones are for the whole team to use."""

from django.db import IntegrityError, transaction

from voices import audit
from voices.access import Verb, require
from voices.kit.names import clean_name
from voices.models import Membership, SavedView, name_key

MAX_NAME = 60
MAX_VIEWS = 100


class ViewRefusedError(Exception):
    """The view cannot be saved as requested. The message is for the person."""


def save_view(*, member: Membership, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Create the member's view of that name, or replace the query of the one there is.

    `query` is the library's canonical query string. Raises ViewRefusedError, and PermissionDenied for sharing.
    """
    name = _clean(name)
    if is_shared:
        require(member, Verb.ORGANISE)
    mine = SavedView.objects.filter(team=member.team, owner=member.user)
    with transaction.atomic():
        if not mine.filter(name=name).exists() and mine.count() >= MAX_VIEWS:
            raise ViewRefusedError(f"You have {MAX_VIEWS} saved views, which is the limit. Remove one first.")
        view, is_new = SavedView.objects.get_or_create(
            team=member.team, owner=member.user, name=name, defaults={"query": query}
        )
        if not is_new:
            _change(member, view, query=query)
        if is_shared:
            _share(member, view, is_shared=True)
    return view


def update_view(*, member: Membership, view: SavedView, query: str) -> SavedView:
    """Replace the view's query by this canonical one. Raises ViewRefusedError if the view was removed."""
    with transaction.atomic():
        return _change(member, view, query=query)


def rename_view(*, member: Membership, view: SavedView, name: str) -> SavedView:
    """Rename the view. Raises ViewRefusedError if it was removed, or its owner has another one of that name."""
    name = _clean(name)
    try:
        with transaction.atomic():
            return _change(member, view, name=name)
    except IntegrityError as problem:
        raise ViewRefusedError(f"There is already a view named {name}.") from problem


def share_view(*, member: Membership, view: SavedView, is_shared: bool) -> SavedView:
    """Show the view to the whole team, or to its owner only. Raises PermissionDenied."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        _share(member, view, is_shared=is_shared)
    return view


def remove_view(*, member: Membership, view: SavedView) -> None:
    """Remove the view, for everybody if it was shared."""
    with transaction.atomic():
        removed, _ = SavedView.objects.filter(pk=view.pk).delete()
        if removed and view.is_shared:
            audit.record_by(member, "view.removed", view)


def similar_view(view: SavedView) -> str:
    """Return the name of another view of its owner that differs in case, width or accents only; "" if none does."""
    others = SavedView.objects.filter(team=view.team_id, owner=view.owner_id).exclude(pk=view.pk)
    names = others.values_list("name", flat=True)
    return next((name for name in names if name_key(name) == name_key(view.name)), "")


def _change(member: Membership, view: SavedView, **columns: str) -> SavedView:
    changed = SavedView.objects.filter(pk=view.pk).exclude(**columns).update(**columns)
    if not changed and not SavedView.objects.filter(pk=view.pk).exists():
        raise ViewRefusedError(f"The view {view.name} has been removed.")
    for name, value in columns.items():
        setattr(view, name, value)
    if changed and view.is_shared:
        audit.record_by(member, "view.changed", view)
    return view


def _share(member: Membership, view: SavedView, *, is_shared: bool) -> None:
    changed = SavedView.objects.filter(pk=view.pk, is_shared=not is_shared).update(is_shared=is_shared)
    view.is_shared = is_shared
    if changed:
        audit.record_by(member, "view.shared" if is_shared else "view.unshared", view)


def _clean(name: str) -> str:
    clean = clean_name(name)
    if not clean:
        raise ViewRefusedError("Give the view a name.")
    if len(clean) > MAX_NAME:
        raise ViewRefusedError(f"A view's name has at most {MAX_NAME} characters; this one has {len(clean)}.")
    return clean
