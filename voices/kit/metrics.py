"""Counters and histograms, incremented where things happen; gauges are in library/gauges.py.

Each metric has labels with few values, all known beforehand: no id, address, name of a team or text from outside.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

COUNTED = CollectorRegistry()
# Few, since the number of series is buckets times routes: /metrics takes about 50 µs for each.
PAGE_BUCKETS = (0.025, 0.1, 0.25, 1.0, 2.5, 10.0)
CALL_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)

REQUESTS = Counter(
    "voicestudio_requests", "Requests that Django answered.", ["route", "method", "status"], registry=COUNTED
)
REQUEST_SECONDS = Histogram(
    "voicestudio_request_seconds",
    "Time from Django's first middleware to the answer's first byte.",
    ["route"],
    buckets=PAGE_BUCKETS,
    registry=COUNTED,
)
REFUSALS = Counter(
    "voicestudio_refusals", "Requests that the guard refused before Django.", ["status"], registry=COUNTED
)
ALTHEA_CALLS = Counter(
    "voicestudio_althea_calls",
    "Calls to Althea; the outcome is ok, stopped or the kind of error.",
    ["operation", "outcome"],
    registry=COUNTED,
)
ALTHEA_SECONDS = Histogram(
    "voicestudio_althea_seconds",
    "Time of a call to Althea, whatever its outcome.",
    ["operation"],
    buckets=CALL_BUCKETS,
    registry=COUNTED,
)
CHILDREN = Counter(
    "voicestudio_children",
    "Limited processes that read recordings, by how they ended; 0 is well.",
    ["job", "end"],
    registry=COUNTED,
)
JOBS_ENDED = Counter(
    "voicestudio_jobs_ended", "Jobs that a worker brought to their end.", ["kind", "state"], registry=COUNTED
)
