"""What watching costs: counting a request, and Prometheus's page, beside the library page of the same studio."""

from functools import partial

from tests.bench.pages import page_seconds
from tests.bench.studio import new_studio, run_command, run_json
from tests.bench.table import Figure
from tests.bench.timing import in_turn

TOKEN = "bench" * 8
VOICES = "1000"


def measure() -> list[Figure]:
    """Return ratios to the library page of 1,000 voices."""
    with new_studio(settings={"VOICESTUDIO_METRICS_TOKEN": TOKEN}) as studio:
        run_command(studio, "add_voices", VOICES)
        counting = run_json(studio, "time_counting")
        client = studio.login()
        metrics = partial(page_seconds, client, "/metrics", Authorization=f"Bearer {TOKEN}")
        pages = in_turn(metrics, partial(page_seconds, client, "/"), pairs=30)
    return [
        Figure("counting a request / the library page", counting["ratio"], 0.02, note=counting["note"]),
        Figure("/metrics / the library page", pages.ratio, 3, note=pages.note),
    ]
