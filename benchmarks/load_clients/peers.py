"""Crowds at each of the peers; None for one that is not installed."""

import shutil
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.load_clients.crowd import Crowd
from benchmarks.load_clients.example import ExampleCrowd
from benchmarks.load_clients.flask import BareCrowd, FlaskCrowd
from benchmarks.load_clients.plain import IrcCrowd, XmppCrowd
from benchmarks.peers import ngircd, prosody
from benchmarks.servers import peer

BARE = "a bare Flask-SocketIO broadcast"
PAPER = "the paper's stack: Flask-SocketIO, sqlite3"
PROSODY = "Prosody (XMPP), with its archive"
NGIRCD = "ngIRCd (IRC, in C), which stores nothing"
EXAMPLE = "a chat like NiceGUI's example"


async def at_peers(
    stack: AsyncExitStack, folder: Path, people: int, frame_length: int
) -> dict[str, Crowd | None]:
    """Start all peers that can talk as fast as ours, and fill them; `stack` ends them."""
    bare = BareCrowd(stack.enter_context(peer("bare")), frame_length)
    await bare.gather(stack, people)
    paper = FlaskCrowd(stack.enter_context(peer("paper", folder / "paper")))
    await paper.gather(stack, people)
    return {
        BARE: bare,
        PAPER: paper,
        PROSODY: await at_prosody(stack, folder / "prosody", {"room": people}),
        NGIRCD: await at_ngircd(stack, folder / "ngircd", people),
    }


async def at_prosody(
    stack: AsyncExitStack, folder: Path, rooms: dict[str, int]
) -> XmppCrowd | None:
    """Start Prosody, and let as many people into each of its rooms as are to be there."""
    if not shutil.which("prosody"):
        return None
    crowd = XmppCrowd(stack.enter_context(prosody.serve(folder, sum(rooms.values()))))
    for room, people in rooms.items():
        await crowd.gather(stack, people, room)
    return crowd


async def at_ngircd(stack: AsyncExitStack, folder: Path, people: int) -> IrcCrowd | None:
    """Start ngIRCd, and let people into a channel of it."""
    if not shutil.which("ngircd"):
        return None
    crowd = IrcCrowd(stack.enter_context(ngircd.serve(folder)))
    await crowd.gather(stack, people)
    return crowd


async def at_example(stack: AsyncExitStack, people: int) -> ExampleCrowd:
    """Open pages of the chat like NiceGUI's example."""
    crowd = ExampleCrowd(stack.enter_context(peer("example")))
    await crowd.gather(stack, people)
    return crowd
