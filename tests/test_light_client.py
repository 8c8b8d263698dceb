"""The benchmarks' light client, which other tests use, sees what a browser sees."""

from pathlib import Path

import pytest

from benchmarks.client import ChatClient, Rejected
from benchmarks.socketio_client import ConnectionLost
from tests.server import Server


async def test_two_people_talk(app_folder: Path) -> None:
    with Server(app_folder) as server:
        async with (
            ChatClient(server.address, "asha") as asha,
            ChatClient(server.address, "ben") as ben,
        ):
            for person in (asha, ben):
                await person.log_in()
                await person.open("/rooms/1")
            assert await asha.send("Hello") == 1
            assert await ben.send("Hello yourself") == 2
            assert list(asha.confirmed.values()) == [1]
            assert not asha.unconfirmed
            with pytest.raises(Rejected, match="empty"):
                await asha.send("")
            await asha.open("/rooms/1")
            shown = [(each.seq, each.author) for each in asha.received if each.how == "start"]
            assert shown == [(1, "asha"), (2, "ben")]


async def test_unconfirmed_messages_are_sent_again_and_stored_once(app_folder: Path) -> None:
    server = Server(app_folder)
    async with ChatClient(server.address, "asha") as asha:
        with server:
            await asha.log_in()
            await asha.open("/rooms/1")
            await asha.send("Before")
            server.kill()
            with pytest.raises(ConnectionLost):
                await asha.send("During the restart")
            assert list(asha.unconfirmed.values()) == ["During the restart"]
        with server:
            await asha.open("/rooms/1")
            assert await asha.resend() == [2]
            assert not asha.unconfirmed
