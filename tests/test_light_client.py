"""The light client of the benchmarks, which other tests build on: it sees what a browser sees."""

from pathlib import Path

import pytest

from benchmarks.client import Person, Refused
from benchmarks.socketio_client import Lost
from tests.server import Server


async def test_two_people_talk(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        async with Person(server.address, "asha") as asha, Person(server.address, "ben") as ben:
            for person in (asha, ben):
                await person.enter()
                await person.open("/rooms/1")
            assert await asha.send("Hello") == 1
            assert await ben.send("Hello yourself") == 2
            assert list(asha.confirmed.values()) == [1]
            assert not asha.waiting
            with pytest.raises(Refused, match="empty"):
                await asha.send("")
            await asha.open("/rooms/1")
            shown = [(each.seq, each.author) for each in asha.received if each.how == "start"]
            assert shown == [(1, "asha"), (2, "ben")]


async def test_what_had_no_answer_is_sent_again_and_stored_once(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    async with Person(server.address, "asha") as asha:
        with server:
            await asha.enter()
            await asha.open("/rooms/1")
            await asha.send("Before")
            server.kill()
            with pytest.raises(Lost):
                await asha.send("Meanwhile")
            assert list(asha.waiting.values()) == ["Meanwhile"]
        with server:
            await asha.open("/rooms/1")
            assert await asha.send_waiting() == [2]
            assert not asha.waiting
