"""What every test gets: no network but loopback, and the named cast."""

import ipaddress
import socket
from collections.abc import Iterator

import pytest

from tests.base import Cast, make_cast


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """A test that reaches beyond this machine fails, loudly."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            local = address[0] == "localhost" or ipaddress.ip_address(address[0]).is_loopback
            assert local, f"a test connects to {address}"
        connect(self, address)  # type: ignore[arg-type]  # passed on as it came

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, in the test's database."""
    return make_cast()
