"""A sandbox of the test's own, which the keys of the endpoint `sandbox` lead to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.sandbox.live import LiveSandbox


@pytest.fixture
def sandbox(tmp_path: Path, settings: Settings) -> Iterator[LiveSandbox]:
    with LiveSandbox(tmp_path) as live:
        settings.SANDBOX_URL = live.url
        yield live
