"""A sandbox, empty for each test, which the keys of the endpoint `sandbox` lead to."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.sandbox.live import LiveSandbox


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSandbox]:
    """One for all, as starting and stopping it took longer than most of these tests."""
    with LiveSandbox(tmp_path_factory.mktemp("sandbox")) as live:
        yield live


@pytest.fixture
def sandbox(running: LiveSandbox, settings: Settings) -> LiveSandbox:
    running.reset()
    settings.SANDBOX_URL = running.url
    return running
