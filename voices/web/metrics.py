"""The page of metrics that Prometheus reads with a token, and the counting of requests."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from voices.actions.checkup.database import short_waits
from voices.kit.metric_files import counted, processes
from voices.kit.metrics import REQUEST_SECONDS, REQUESTS
from voices.library.gauges import GAUGES
from voices.web.http import stateless

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class CountRequests:
    """Middleware that counts and times requests by their route, never by their address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Count the request by its response; errors have become responses by now."""
        began = time.monotonic()
        response = self._get_response(request)
        route = request.resolver_match.view_name if request.resolver_match else "none"
        count_request(route, request.method or "", response.status_code, time.monotonic() - began)
        return response


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count an answer by the name of its route, its method and the class of its status."""
    REQUESTS.labels(route, method if method in METHODS else "other", f"{status // 100}xx").inc()
    REQUEST_SECONDS.labels(route).observe(seconds)


@stateless
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show all metrics to whoever has the token of the settings; 404 if the settings have none."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(_Now())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Now:
    """All metrics as they are now."""

    def collect(self) -> Iterable[Metric]:
        yield from counted(settings.METRICS_DIR)
        yield from processes(settings.METRICS_DIR)
        yield from _gauges(timezone.now())


def _gauges(now: datetime) -> list[Metric]:
    """Return the gauges read from the database; while it is unavailable, a metric that says so."""
    up = GaugeMetricFamily("voicestudio_database_up", "Whether the database answers.", value=1)
    try:
        with short_waits():
            return [up, *(gauge.family(now) for gauge in GAUGES)]
    except (DatabaseError, InterfaceError):
        return [GaugeMetricFamily(up.name, up.documentation, value=0)]
