"""What is counted where it happens; what is read from the database instead is in library/gauges.py.

Each metric has labels with few values, all known beforehand: no id, address, name of a team or text from outside.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

COUNTED = CollectorRegistry()
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Counter(
    "voicestudio_requests", "Requests that Django answered.", ["route", "method", "status"], registry=COUNTED
)
REQUEST_SECONDS = Histogram(
    "voicestudio_request_seconds",
    "Time from Django's first middleware to the answer's first byte.",
    ["route"],
    buckets=_SECONDS,
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
    buckets=_SECONDS,
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
