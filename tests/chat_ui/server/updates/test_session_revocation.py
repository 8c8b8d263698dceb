"""Which sessions are looked at, and when."""

import asyncio
import time

import pytest
from msgspec.structs import replace

from chat_ui.realtime import connections, push
from chat_ui.realtime.connections import Socket
from chat_ui.server.updates import session_revocation
from models.clock import now
from services.accounts.sessions import sessions
from services.core import events
from services.core.dto import CurrentUser
from services.messages import messages
from tests.conftest import People
from tests.upload_client import new_message_id


class Watch(session_revocation._Watch):
    """Notes whose sessions the database was asked about, and which of them had ended."""

    def __init__(self, viewers: list[CurrentUser], monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.asked: list[set[int]] = []
        self.ended: list[set[int]] = []
        which_ended = sessions.which_ended

        async def noting(session_ids: set[int]) -> set[int]:
            self.asked.append(set(session_ids))
            self.ended.append(await which_ended(session_ids))
            return self.ended[-1]

        monkeypatch.setattr(sessions, "which_ended", noting)
        monkeypatch.setattr(session_revocation, "_viewers", lambda: viewers)

    async def looks(self) -> list[set[int]]:
        """Check once; return whose sessions were asked about."""
        self.asked.clear()
        self.ended.clear()
        await self.check()
        return self.asked


@pytest.fixture
def watch(people: People, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """What watches the pages of asha and ben."""
    return Watch([people.asha, people.ben], monkeypatch)


class Websocket:
    """A websocket that only notes that it was dropped."""

    is_dropped = False

    def drop_in(self, _seconds: float) -> None:
        self.is_dropped = True


async def test_writes_ask_for_nothing(watch: Watch, people: People) -> None:
    assert await watch.looks() == [{people.asha.session_id, people.ben.session_id}]
    await messages.send(people.asha, people.room, "hello", new_message_id())
    assert await watch.looks() == []


async def test_an_end_wakes_the_watch_and_concerns_one_person(
    watch: Watch, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch.looks()
    stop = events.subscribe(events.SessionsEnded, watch.on_ended)
    waiting = asyncio.create_task(watch.wait())
    await sessions.end(people.ben, people.ben.session_id)
    stop()
    await asyncio.wait_for(waiting, session_revocation.CHECK_EVERY_SECONDS / 2)
    mine = {people.ben.session_id}
    assert await watch.looks() == [mine]
    assert watch.ended == [mine]
    assert await watch.looks() == [mine]  # and for a second, for a page that was just opening
    moment = time.monotonic() + session_revocation.LOOK_FOR_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    await watch.looks()
    assert await watch.looks() == []


async def test_a_look_that_failed_is_made_again(watch: Watch, people: People, monkeypatch) -> None:
    await watch.looks()
    watch.on_ended(events.SessionsEnded(people.ben.user_id))
    monkeypatch.setattr(session_revocation, "LOOK_FOR_SECONDS", 0)
    with monkeypatch.context() as broken:
        broken.setattr(session_revocation, "_disconnect_ended", None)
        with pytest.raises(TypeError):
            await watch.check()
    assert await watch.looks() == [{people.ben.session_id}]


async def test_all_are_looked_at_now_and_then(watch: Watch, monkeypatch) -> None:
    monkeypatch.setattr(session_revocation, "ALL_EVERY_SECONDS", 0)
    await watch.looks()
    assert len(await watch.looks()) == 1


async def test_the_watch_runs_on_after_an_error(people: People, monkeypatch) -> None:
    calls: list[float] = []

    async def failing(_watch: object) -> None:
        calls.append(time.monotonic())
        raise RuntimeError

    monkeypatch.setattr(session_revocation, "CHECK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(session_revocation._Watch, "check", failing)
    watching = asyncio.create_task(session_revocation.watch())
    async with asyncio.timeout(10):
        while len(calls) < 3:
            await asyncio.sleep(0.01)
    watching.cancel()


async def test_who_is_over_by_age_is_disconnected_whatever_else_fails(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    async def tell(sid: str, _event: object) -> None:
        told.append(sid)
        raise RuntimeError

    old = replace(people.ben, expires_at=now())
    first, other = Websocket(), Websocket()
    monkeypatch.setattr(
        session_revocation.websocket_connection,
        "viewers",
        lambda: {first: old, other: people.asha},
    )
    sockets = [Socket(sid, "page", old) for sid in ("one", "two")]
    monkeypatch.setattr(connections, "everyone", lambda: sockets)
    monkeypatch.setattr(push, "to_page", tell)
    await session_revocation._disconnect_ended([old, people.asha])
    assert (first.is_dropped, other.is_dropped) == (True, False)
    assert told == ["one", "two"]
