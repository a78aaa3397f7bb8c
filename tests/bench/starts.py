"""How soon it is there: imports of `manage.py check`, and `serve` on an empty folder to its first 200."""

import subprocess
import sys
import time
from statistics import median

from tests.bench.table import Figure
from tests.running_studio import ROOT, RunningStudio, new_house


def check_seconds(studio: RunningStudio) -> float:
    """Wall time of `manage.py check` less that of a bare Python: what our imports and checks cost."""

    def wall(*command: str) -> float:
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=studio.environment, check=True, capture_output=True
        )
        return time.perf_counter() - begin

    return median(wall("manage.py", "check") - wall("-c", "pass") for _ in range(5))


def measure() -> list[Figure]:
    """Two figures."""
    with new_house() as studio:
        served = studio.started_seconds
        studio.stop()
        return [
            Figure("`manage.py check`, imports", check_seconds(studio), 1.0, "s", "median of 5"),
            Figure("`serve` on an empty folder to the first 200", served, 10.0, "s"),
        ]
