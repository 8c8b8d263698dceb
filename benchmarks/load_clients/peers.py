"""Load clients of each peer; None for one that is not installed."""

import shutil
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.load_clients.base import LoadClients
from benchmarks.load_clients.example import ExampleClients
from benchmarks.load_clients.flask import BareClients, FlaskClients
from benchmarks.load_clients.tcp import IrcClients, XmppClients
from benchmarks.peers import ngircd, prosody
from benchmarks.servers import peer

BARE = "a bare Flask-SocketIO broadcast"
PAPER = "the paper's stack: Flask-SocketIO, sqlite3"
PROSODY = "Prosody (XMPP), with its archive"
NGIRCD = "ngIRCd (IRC, in C), which stores nothing"
EXAMPLE = "a chat like NiceGUI's example"


async def connect_to_peers(
    stack: AsyncExitStack, folder: Path, people: int, frame_length: int
) -> dict[str, LoadClients | None]:
    """Start all peers that can keep up with ours, and connect clients; `stack` stops them."""
    bare = BareClients(stack.enter_context(peer("bare")), frame_length)
    await bare.connect(stack, people)
    paper = FlaskClients(stack.enter_context(peer("paper", folder / "paper")))
    await paper.connect(stack, people)
    return {
        BARE: bare,
        PAPER: paper,
        PROSODY: await connect_to_prosody(stack, folder / "prosody", {"room": people}),
        NGIRCD: await connect_to_ngircd(stack, folder / "ngircd", people),
    }


async def connect_to_prosody(
    stack: AsyncExitStack, folder: Path, rooms: dict[str, int]
) -> XmppClients | None:
    """Start Prosody, and connect this many clients to each of its rooms."""
    if not shutil.which("prosody"):
        return None
    clients = XmppClients(stack.enter_context(prosody.serve(folder, sum(rooms.values()))))
    for room, people in rooms.items():
        await clients.connect(stack, people, room)
    return clients


async def connect_to_ngircd(stack: AsyncExitStack, folder: Path, people: int) -> IrcClients | None:
    """Start ngIRCd, and connect clients to a channel."""
    if not shutil.which("ngircd"):
        return None
    clients = IrcClients(stack.enter_context(ngircd.serve(folder)))
    await clients.connect(stack, people)
    return clients


async def connect_to_example(stack: AsyncExitStack, people: int) -> ExampleClients:
    """Start the chat like NiceGUI's example, and open pages."""
    clients = ExampleClients(stack.enter_context(peer("example")))
    await clients.connect(stack, people)
    return clients
