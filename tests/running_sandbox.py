"""A sandbox, empty for each test, which the keys of the endpoint `sandbox` lead to."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from tests.sandbox.live import LiveSandbox
from tests.sandbox_voices import Living, open_account


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


@pytest.fixture
def living(sandbox: LiveSandbox, db: None) -> Living:
    """An account of the sandbox."""
    cache.clear()  # what agents say is kept for a minute
    return open_account(sandbox)
