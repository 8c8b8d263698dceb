"""The line between a browser and the server, which a test can cut and mend."""

import socket
import threading
from contextlib import suppress
from typing import Self

from tests.server import free_port


class Line:
    """Passes everything between a port of its own and the server's, until it is cut."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._door: socket.socket | None = None
        self._deaf = threading.Event()

    def mend(self) -> None:
        """Let through whatever comes from now on."""
        self._deaf.clear()
        self._door = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._listen, args=[self._door], daemon=True).start()

    def lose_answers(self) -> None:
        """Go on passing what the browser says, and drop what the server says."""
        self._deaf.set()

    def cut(self) -> None:
        """End every connection and take no new one."""
        if self._door:
            _end(self._door)
        while self._open:
            _end(self._open.pop())

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cut()

    def _listen(self, door: socket.socket) -> None:
        while True:
            try:
                browser, _address = door.accept()
                server = socket.create_connection(("127.0.0.1", self.server_port))
            except OSError:
                return
            self._open += [browser, server]
            for source, target, deaf in [
                (browser, server, None),
                (server, browser, self._deaf),
            ]:
                threading.Thread(target=_pass, args=[source, target, deaf], daemon=True).start()


def _pass(source: socket.socket, target: socket.socket, deaf: threading.Event | None) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if not (deaf and deaf.is_set()):
                target.sendall(data)
    _end(source)
    _end(target)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
