"""The saved views that a person sees above the library."""

from dataclasses import dataclass

from django.db.models import Q

from voices.library.filters import Filters, parse_query
from voices.models import Membership, Role, SavedView


@dataclass(frozen=True)
class ViewTab:
    """A saved view; `query` is canonical whatever was kept, since filters may come and go."""

    view: SavedView
    query: str
    is_current: bool
    is_mine: bool
    may_change: bool


def view_tabs(member: Membership, filters: Filters) -> list[ViewTab]:
    """The member's own views, then what others share, by name; one query."""
    seen = Q(owner=member.user) | Q(is_shared=True)
    views = SavedView.objects.filter(seen, team=member.team).select_related("owner").order_by("name", "id")
    now = filters.to_query()
    tabs = [_tab(member, view, now) for view in views]
    return sorted(tabs, key=lambda tab: not tab.is_mine)


def _tab(member: Membership, view: SavedView, now: str) -> ViewTab:
    query, is_mine = parse_query(view.query).to_query(), view.owner_id == member.user.pk
    return ViewTab(view, query, query == now, is_mine, is_mine or member.role == Role.ADMIN)
