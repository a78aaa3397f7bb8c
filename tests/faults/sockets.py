"""Servers of a few lines that are away in the ways in which servers are away."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.sandbox.live import free_port


@contextmanager
def hanging() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """A port that reads the head of each request, answers what the function makes of it, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer_all, args=(server, answer), daemon=True).start()
        yield server.getsockname()[1]


def _answer_all(server: socket.socket, answer: Callable[[bytes], bytes]) -> None:
    with suppress(OSError):  # the test closes the server
        while True:
            client, _ = server.accept()
            with client, suppress(OSError):
                client.sendall(answer(client.recv(65_536)))


class Wire:
    """A port that leads to another one until it is cut; `mend` makes it lead there again."""

    def __init__(self, to: tuple[str, int]) -> None:
        self.port = free_port()
        self._to = to
        self._sockets: list[socket.socket] = []
        self.mend()

    def mend(self) -> None:
        """Take connections again."""
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def cut(self) -> None:
        """Refuse new connections, and end those that there are."""
        # Closing alone would leave the thread waiting in `accept`, and the port taken.
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut_connections()

    def cut_connections(self) -> None:
        """End the connections that there are, as a restart does."""
        while self._sockets:
            with suppress(OSError):
                self._sockets[-1].shutdown(socket.SHUT_RDWR)
            self._sockets.pop().close()

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = server.accept()
                far = socket.create_connection(self._to)
                self._sockets += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
