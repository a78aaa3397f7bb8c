"""A sandbox that lasts for a module, like its database: its rows are judged one by one."""

from collections.abc import Iterator

import pytest

from tests.sandbox.live import LiveSandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSandbox]:
    """The sandbox that the module's keys lead to."""
    with LiveSandbox(tmp_path_factory.mktemp("sandbox")) as live:
        yield live
