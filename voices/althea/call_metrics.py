"""Metrics of the calls to Althea: how many there are, and how long they take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from voices.althea.error_mapping import Subject
from voices.althea.errors import AltheaError
from voices.kit.metrics import ALTHEA_CALLS, ALTHEA_SECONDS


@contextmanager
def measured(method: str, subject: Subject) -> Iterator[None]:
    """Count the call in this block by its outcome, and time it."""
    operation = f"{method} {subject.name.lower()}"
    outcome, began = "stopped", time.monotonic()
    try:
        yield
        outcome = "ok"
    except AltheaError as error:
        outcome = error.problem.value
        raise
    finally:
        ALTHEA_CALLS.labels(operation, outcome).inc()
        ALTHEA_SECONDS.labels(operation).observe(time.monotonic() - began)
