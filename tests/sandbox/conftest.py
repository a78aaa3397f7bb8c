"""One live sandbox per test module, emptied before each test; a client with a key of its own account."""

from collections.abc import Iterator

import httpx
import pytest

from tests import loopback
from tests.sandbox.live import LiveSandbox


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSandbox]:
    """The process, shared by the module's tests."""
    with LiveSandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: LiveSandbox) -> LiveSandbox:
    """That process with nothing in it."""
    running.reset()
    return running


@pytest.fixture
def client(sandbox: LiveSandbox) -> Iterator[httpx.Client]:
    """A client that carries a fresh key."""
    with client_of(sandbox, sandbox.key()) as opened:
        yield opened


def client_of(sandbox: LiveSandbox, key: str) -> httpx.Client:
    """A client that carries that key; proxies of the environment are ignored."""
    headers = {"X-API-Key": key}
    return loopback.client(base_url=sandbox.url, headers=headers, timeout=120)
