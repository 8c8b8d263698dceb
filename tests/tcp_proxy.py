"""A proxy in front of a server, which cuts connections, or hangs."""

import socket
import threading
from contextlib import suppress
from typing import Self


class TcpProxy:
    """Passes connections on, on a port of its own."""

    def __init__(self, port: int) -> None:
        """Pass connections on to a port of this machine."""
        self._target = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.cut_sent_after: int | None = None
        """So many bytes of each connection get to the server, and then it is cut."""
        self.cut_received_after: int | None = None
        """The same for what the server sends."""
        self.cuts = 0
        self.may_pass = threading.Event()
        """While it is cleared, nothing more gets through, and no connection ends."""
        self.may_pass.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # it is away
                client.close()
                continue
            for ends in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_sent: bool) -> None:
        done = 0
        with suppress(OSError):
            while chunk := source.recv(16384):
                done += len(chunk)
                self.may_pass.wait()
                most = self.cut_sent_after if is_sent else self.cut_received_after
                if most is not None and done > most:
                    self.cuts += 1
                    break
                sink.sendall(chunk)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
