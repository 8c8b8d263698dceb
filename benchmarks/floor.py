"""`python -m benchmarks.floor`: what the system itself takes to send a frame to everybody.

A server that writes a frame to each connection cannot need less: this is the processor time of the
writes alone, over connections of this machine that another process reads.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median

import uvloop

PEOPLE = 300
FRAME = bytes(900)
TIMES = 30
"""Frames to everybody in a round."""
PAUSE = 0.5
"""Seconds between two frames, in which the readers take the last one, as in a chat."""
ROUNDS = 3
READER = """
import selectors, socket, sys
chosen = selectors.DefaultSelector()
for _ in range(int(sys.argv[2])):
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    chosen.register(connection, selectors.EVENT_READ)
while chosen.get_map():
    for key, _events in chosen.select():
        if not key.fileobj.recv(65536):
            chosen.unregister(key.fileobj)
"""
Write = Callable[[bytes], object]


def main() -> None:
    """Print the microseconds of a write, by a bare socket and by the server's event loop."""
    for what, measure in (("a socket", _by_sockets), ("a transport of uvloop", _by_transports)):
        costs = sorted(1e6 * measure() for _round in range(ROUNDS))
        print(
            f"{what}: {median(costs):.1f} µs for each connection ({costs[0]:.1f}–{costs[-1]:.1f})"
        )


def _by_sockets() -> float:
    with _connections() as connections:
        return asyncio.run(_cost([each.send for each in connections]))


def _by_transports() -> float:
    async def run(connections: Sequence[socket.socket]) -> float:
        loop = asyncio.get_running_loop()
        transports = [
            (await loop.connect_accepted_socket(asyncio.Protocol, each))[0] for each in connections
        ]
        return await _cost([transport.write for transport in transports])

    with _connections() as connections:
        return uvloop.run(run(connections))


async def _cost(writes: Sequence[Write]) -> float:
    """Return the seconds of processor time for each write."""
    spent = 0.0
    for _time in range(TIMES):
        began = time.thread_time()
        for write in writes:
            write(FRAME)
        spent += time.thread_time() - began
        await asyncio.sleep(PAUSE)
    return spent / TIMES / len(writes)


@contextmanager
def _connections() -> Iterator[list[socket.socket]]:
    """Open connections that another process reads until they are closed."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=PEOPLE))
        command = (sys.executable, "-c", READER, str(listening.getsockname()[1]), str(PEOPLE))
        stack.enter_context(subprocess.Popen(command))
        accepted = [stack.enter_context(listening.accept()[0]) for _person in range(PEOPLE)]
        for each in accepted:
            each.setblocking(False)
        yield accepted


if __name__ == "__main__":
    main()
