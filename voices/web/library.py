"""The library, which is the home page: search, filters, more rows, and counts loaded after the list."""

from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from voices.access import Verb, may
from voices.library.deleted import deleted_page
from voices.library.facets import Facet, Facets, chip_texts, chosen_only, facets
from voices.library.filters import Filters, parse, parse_query
from voices.library.orders import ORDERS
from voices.library.pages import library_page
from voices.library.quota import quotas_of
from voices.library.saved_views import ViewTab, view_tabs
from voices.library.sync_status import sync_status
from voices.models import ApiKey
from voices.web.clone.recent import read_since, recent_clones
from voices.web.http import StudioRequest, team_page
from voices.web.library_url import library_url

TABS_SHOWN = 7


@require_safe
@team_page
@gzip_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the team's voices; for htmx only the results, or with a cursor only the next rows."""
    filters, cursor = parse(request.GET), request.GET.get("cursor", "")
    context = _list(request, filters, cursor)
    if request.htmx and not request.htmx.history_restore_request:
        if cursor:
            return render(request, "library/_rows.html", context)
        context |= {**_views(request, filters), "is_fragment": True}
        return _placed(request, render(request, "library/_results.html", context), filters, context)
    if filters.is_plain:
        context |= recent_clones(request.member, since=timezone.now())
    context |= _head(request, filters)
    context["can_sync"] = may(request.member, Verb.SYNC) and context["has_key"]
    return render(request, "library/page.html", context)


def _placed(
    request: StudioRequest, answer: HttpResponse, filters: Filters, context: dict[str, object]
) -> HttpResponse:
    """Set the URL that the browser shows; add a history entry only if the filters really changed.

    The form sends its empty fields too; the URL holds only the filters that are set.
    """
    before = parse_query(urlsplit(request.htmx.current_url or "").query)
    # Further typing in one search is one history entry, not one per pause.
    is_typed_on = filters.query and before.query and replace(before, query=filters.query) == filters
    header = "HX-Replace-Url" if is_typed_on or before == filters else "HX-Push-Url"
    answer[header] = library_url(filters, str(context["opened"]))
    return answer


def _list(request: StudioRequest, filters: Filters, cursor: str) -> dict[str, object]:
    found = library_page(request.member, filters=filters, cursor=cursor)
    more = urlencode([*filters.to_pairs(), ("cursor", found.next_cursor)])
    is_narrow = not (found.voices or cursor or filters.is_plain)
    return {
        "page": "library",
        "asked": _asked(request, filters) if is_narrow else [],
        "voices": found.voices,
        "filters": filters,
        "query": filters.query,
        "canonical": filters.to_query(),
        "next_url": f"{reverse('voices:library')}?{more}" if found.next_cursor else "",
        "can_clone": may(request.member, Verb.CLONE),
        "can_organise": may(request.member, Verb.ORGANISE),
        # Only needed for an empty library.
        "has_key": bool(found.voices) or ApiKey.objects.owned_by(request.member.user).exists(),
    }


def _asked(request: StudioRequest, filters: Filters) -> list[tuple[str, str]]:
    """Return the label of each filter that is set, with the URL that removes it."""
    search = [(f"“{filters.query}”", library_url(filters.without("q")))] if filters.query else []
    chips = chip_texts(request.member, filters)
    return search + [(text, library_url(filters.without(name))) for name, text in chips.items()]


def _head(request: StudioRequest, filters: Filters) -> dict[str, object]:
    # Without script a link loads the counts; with it, they are loaded after the list.
    known = facets(request.member, filters) if request.GET.get("counts") == "1" else None
    return {
        **_chips(request, filters, known),
        **_views(request, filters),
        "sorts": [(order.name, order.label) for order in ORDERS.values()],
        "sync": sync_status(request.member),
    }


def _views(request: StudioRequest, filters: Filters) -> dict[str, object]:
    opened = request.GET.get("view", "")
    tabs = view_tabs(request.member, filters, opened)
    current = next((tab for tab in tabs if tab.is_current), None)
    shown = tabs if len(tabs) <= TABS_SHOWN + 1 else _first(tabs)
    return {
        "tabs": tabs,
        "shown_tabs": shown,
        "folded_tabs": [tab for tab in tabs if tab not in shown],
        "current": current,
        "opened": opened if current and str(current.view.pk) == opened else "",
        "may_save": bool(filters.to_query()) and (current is None or current.is_changed),
    }


def _first(tabs: list[ViewTab]) -> list[ViewTab]:
    return [tab for place, tab in enumerate(tabs) if place < TABS_SHOWN or tab.is_current]


def _chips(request: StudioRequest, filters: Filters, known: Facets | None) -> dict[str, object]:
    found = known or chosen_only(request.member, filters)
    # Filters without a chip of their own share one, which is shown before their values are known.
    more = [group for group in found.groups if not group.filter.has_own_chip and _is_choice(group)]
    return {
        "facets": found,
        "is_counted": known is not None,
        "groups": [group for group in found.groups if group.filter.has_own_chip],
        "more": more,
        "more_chosen": [value for group in more for value in group.chosen],
        "canonical": filters.to_query(),
        "filters": filters,
    }


def _is_choice(group: Facet) -> bool:
    """Whether the filter has options: one with a single value has none."""
    return bool(group.chosen) or len(group.values) > 1


@require_safe
@team_page
@gzip_page
def counts(request: StudioRequest) -> HttpResponse:
    """Show the filters' values with their counts, and the total; htmx loads them after the list."""
    filters = parse(request.GET)
    if not request.htmx:
        return page(request)
    return render(
        request,
        "library/_chips.html",
        _chips(request, filters, facets(request.member, filters))
        | {"is_fragment": True, "slots": quotas_of(request.member)},
    )


@require_safe
@team_page
def deleted(request: StudioRequest) -> HttpResponse:
    """Show the voices that the team deleted; for htmx with a cursor only the next ones."""
    found = deleted_page(request.member, cursor=request.GET.get("cursor", ""))
    context = {
        "page": "library",
        "voices": found.voices,
        "next_url": f"?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
        "can_clone_again": may(request.member, Verb.CLONE_AGAIN),
    }
    is_more = request.htmx and "cursor" in request.GET
    return render(request, "library/_deleted_rows.html" if is_more else "library/deleted.html", context)


@require_safe
@team_page
def jobs(request: StudioRequest) -> HttpResponse:
    """Show the person's own clones, which htmx polls while one is in progress; else the whole page."""
    if not request.htmx:
        return page(request)
    since = read_since(request.GET.get("since", ""))
    return render(request, "library/_jobs.html", recent_clones(request.member, since=since))
