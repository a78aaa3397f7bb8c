"""A running sandbox for the module, which the keys of the endpoint `sandbox` lead to; empty for each test."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from tests.sandbox.live import LiveSandbox
from tests.sandbox_voices import Living, open_account


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSandbox]:
    with LiveSandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: LiveSandbox, settings: Settings) -> LiveSandbox:
    running.reset()
    settings.SANDBOX_URL = running.url
    return running


@pytest.fixture
def living(sandbox: LiveSandbox, db: None) -> Living:
    cache.clear()  # what agents say is kept for a minute
    return open_account(sandbox)
