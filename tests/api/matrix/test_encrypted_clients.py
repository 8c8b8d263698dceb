"""A thousand messages that clients encrypt, and who reads which of them.

The same is asked of Synapse, which is what they are usually tried with.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.api.matrix.app import V3
from tests.api.matrix.clients.homes import HOMES, Chat, Home, running
from tests.api.matrix.clients.running import KINDS, Client, all_kinds, enter
from tests.http_client import PASSWORD

pytestmark = pytest.mark.long
EACH = 334
"""Messages of each of three clients: about a thousand."""
ROTATION = 100
"""Messages with one key, which is what clients do unless told otherwise."""
AT_ONCE = 6
"""Messages of each client before all have read all: Element X gets at most 20 in one answer."""
LEAVER = "leaver"
LEAVERS = ("js", "nio")
"""Kinds that also decrypt what they are given, not only what a homeserver tells them."""
PAGE = 50


@pytest.fixture(scope="module", params=HOMES)
def home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    with running(request.param, tmp_path_factory.mktemp(request.param)) as home:
        for name in (*KINDS, *(f"{LEAVER}-{kind}" for kind in LEAVERS)):
            home.register(name)
        yield home


@pytest.fixture(scope="module")
def clients(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Client]]:
    """One of each kind."""
    with all_kinds(home, tmp_path_factory.mktemp("clients"), at_least=len(KINDS)) as found:
        yield found


class Talk:
    """Who is in the room, and what was said in it."""

    def __init__(self, clients: dict[str, Client], room: str) -> None:
        self.clients, self.room = clients, room
        self.said: dict[str, list[str]] = {each.user: [] for each in clients.values()}
        self._numbers = count(1)

    def go_on(self, messages: int, *listeners: Client) -> None:
        """Have each client say so much, at once, and wait until all have read it."""
        while messages > 0:
            some = min(messages, AT_ONCE)
            messages -= some
            for each in self.clients.values():
                texts = [f"{each.kind} {next(self._numbers)}" for _each in range(some)]
                self.said[each.user] += texts
                each.begin("burst", room=self.room, texts=texts)
            for each in self.clients.values():
                each.end("burst")
            for each in (*self.clients.values(), *listeners):
                newest = {user: set(texts[-some:]) for user, texts in self.said.items()}
                each.sees("tally", lambda known, newest=newest: has(known, newest), room=self.room)


def has(known: dict[str, Any], wanted: dict[str, set[str]]) -> bool:
    """Return whether a client has read this."""
    return all(texts <= set(known["read"].get(user, ())) for user, texts in wanted.items())


def test_all_of_a_thousand_messages_are_read(
    home: Home, clients: dict[str, Client], tmp_path: Path
) -> None:
    with ExitStack() as stack:
        leavers = [
            stack.enter_context(Client(kind, home, tmp_path, name=f"{LEAVER}-{kind}"))
            for kind in LEAVERS
        ]
        [owner, *others] = clients.values()
        invite = [each.user for each in (*others, *leavers)]
        room = owner.do("create", name="A thousand", invite=invite, encrypted=True)
        enter([*clients.values(), *leavers], room)
        talk = Talk(clients, room)

        talk.go_on(EACH // 3, *leavers)
        for each in leavers:
            assert each.do("tally", room=room)["unable"] == {}
            owner.do("remove", room=room, user=each.user)
            for stayed in clients.values():
                gone = each.user
                stayed.sees("members", lambda users, gone=gone: gone not in users, room=room)
        before = encrypted_events(home, owner.kind, room)

        talk.go_on(EACH // 3)
        secrets = {kind: each.do("secret") for kind, each in clients.items()}
        tablets = [
            stack.enter_context(Client(kind, home, tmp_path, secret, name=kind))
            for kind, secret in secrets.items()
        ]
        for each in tablets:
            each.sees("rooms", lambda known: known.get(room) == "joined")
            # Element X does not read what comes before it knows the sender's devices.
            each.do("meet", room=room, users=[*talk.said])
        old = {each["event_id"] for each in encrypted_events(home, owner.kind, room)}

        talk.go_on(EACH - 2 * (EACH // 3), *tablets)
        for each in clients.values():
            known = each.do("tally", room=room)
            assert known["unable"] == {}, f"{each.kind} cannot read all"
            assert {user: sorted(texts) for user, texts in known["read"].items()} == {
                user: sorted(texts) for user, texts in talk.said.items()
            }
        for each in tablets:
            assert set(each.do("tally", room=room)["unable"]) <= old, f"{each.kind}'s second device"
        now = encrypted_events(home, owner.kind, room)
        later = now[len(before) :]
        assert len(now) == EACH * len(clients)
        for user in talk.said:
            used = {each["content"]["session_id"] for each in now if each["sender"] == user}
            assert len(used) >= EACH / ROTATION, "keys are changed, with time and with members"
        for each in leavers:
            reads = each.do("decrypts", room=room, events=before)
            assert all(reads), "what it was there for"
            assert not any(each.do("decrypts", room=room, events=later))


def test_element_makes_encrypted_direct_messages(home: Home, clients: dict[str, Client]) -> None:
    element, *others = (clients[kind] for kind in ("element", "js", "nio"))
    for each in others:
        asked = {"name": "", "invite": [each.user], "encrypted": True, "direct": True}
        room = element.do("create", **asked)
        enter([element, each], room)
        each.sees("encrypted", bool, room=room)
        for one, other in ((element, each), (each, element)):
            text = f"{one.kind} to {other.kind} alone"
            one.do("send", room=room, text=text)
            assert other.message(room, text)["sender"] == one.user
        again = element.do("create", **asked)
        if isinstance(home, Chat):
            assert again == room, "there is one with the same people already"


def encrypted_events(home: Home, name: str, room: str) -> list[dict[str, Any]]:
    """Return what is encrypted in a room, the oldest first, as the homeserver has it."""
    found: list[dict[str, Any]] = []
    with app(home, name) as http:
        at: dict[str, str] = {}
        while True:
            query = {"dir": "b", "limit": str(PAGE), **at}
            answer = http.get(f"/rooms/{quote(room)}/messages", params=query).json()
            found += [each for each in answer["chunk"] if each["type"] == "m.room.encrypted"]
            if not answer.get("end") or not answer["chunk"]:
                return found[::-1]
            at = {"from": answer["end"]}


def app(home: Home, name: str) -> httpx.Client:
    """Return an app of a person, which has no keys."""
    address = f"{home.address}{V3}"
    identifier = {"type": "m.id.user", "user": name}
    body = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
    answer = httpx.post(f"{address}/login", json=body, timeout=20).json()
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    return httpx.Client(base_url=address, headers=headers, timeout=20)
