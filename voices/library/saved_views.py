"""The saved views above the library."""

from dataclasses import dataclass

from django.db.models import Q

from voices.library.filters import Filters, parse_query
from voices.models import Membership, Role, SavedView


@dataclass(frozen=True)
class ViewTab:
    """A saved view. `query` is canonical, whatever was stored: filters may have changed since."""

    view: SavedView
    query: str
    is_current: bool
    is_changed: bool
    is_mine: bool
    may_change: bool

    @property
    def address(self) -> str:
        """The library's query string that opens the view and names it."""
        return f"{self.query}&view={self.view.pk}" if self.query else f"view={self.view.pk}"


def view_tabs(member: Membership, filters: Filters, opened: str = "") -> list[ViewTab]:
    """Return the member's own views, then those that others share, by name; one query.

    The current one is the view whose id was `opened`, even if changed since; else one with the same query.
    """
    visible = Q(owner=member.user) | Q(is_shared=True)
    views = SavedView.objects.filter(visible, team=member.team).select_related("owner").order_by("name", "id")
    is_opened = any(str(view.pk) == opened for view in views)
    tabs = [_tab(member, view, filters.to_query(), opened if is_opened else "") for view in views]
    return sorted(tabs, key=lambda tab: not tab.is_mine)


def _tab(member: Membership, view: SavedView, current: str, opened: str) -> ViewTab:
    query, is_mine = parse_query(view.query).to_query(), view.owner_id == member.user.pk
    is_current = str(view.pk) == opened if opened else query == current
    may_change = is_mine or member.role == Role.ADMIN
    return ViewTab(view, query, is_current, is_current and query != current, is_mine, may_change)
