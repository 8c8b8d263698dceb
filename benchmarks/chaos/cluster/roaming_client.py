"""A client whose proxy takes it to another process when the one it used is gone."""

from collections.abc import Sequence

from benchmarks.chaos.retrying_client import RetryingClient
from benchmarks.servers import Server
from benchmarks.socketio_client import ConnectionLost


class RoamingClient(RetryingClient):
    """A client of several processes. It waits as long as a browser before it connects again."""

    def __init__(self, servers: Sequence[Server], at: int, username: str, session: str) -> None:
        """Begin with the process of number `at`."""
        super().__init__(servers[at].address, username, session=session)
        self._servers = servers
        self._at = at
        self.retry_seconds = 0.5, 1.5
        self.timeout_seconds = 10.0
        self.answer_seconds = 30.0

    @property
    def server(self) -> Server:
        """The process it uses."""
        return self._servers[self._at]

    @property
    def is_here(self) -> bool:
        """Whether its page is connected, and shows all that is new."""
        return self.ready and not self.is_disconnected and not self._is_outdated

    async def connect(self) -> None:
        """Connect to the process it used, or to the next that takes connections.

        Another process refuses the page, which is then loaded anew, as the browser does at once.
        Raises `ConnectionLost`, `Rejected` and `TimeoutError`.
        """
        for _attempt in range(len(self._servers) + 1):
            try:
                await super().connect()
                self._sent_at.clear()  # what is not confirmed is sent again at once
                return
            except ConnectionLost:
                if not self._is_outdated:
                    self._at = (self._at + 1) % len(self._servers)
                    self.use(self.server.address)
        raise ConnectionLost("no process takes connections")
