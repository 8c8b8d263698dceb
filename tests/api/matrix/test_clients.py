"""Clients that others have written talk with each other through the chat, in all directions.

The same is asked of Synapse, which is what they are usually tried with.
"""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.api.matrix.app import V3
from tests.api.matrix.clients.homes import HOMES, Home, running
from tests.api.matrix.clients.running import KINDS, Client, all_kinds, enter
from tests.http_client import PASSWORD

pytestmark = pytest.mark.long  # fetches 360 MB at its first time
FILE = "What is in the file.\n" * 500


@pytest.fixture(scope="module", params=HOMES)
def home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    with running(request.param, tmp_path_factory.mktemp(request.param)) as home:
        for name in ("asha", *KINDS):
            home.register(name)
        yield home


@pytest.fixture(scope="module")
def clients(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Client]]:
    """One of each kind that can be installed here."""
    with all_kinds(home, tmp_path_factory.mktemp("clients")) as found:
        yield found


@pytest.fixture(scope="module", params=["plain", "encrypted"])
def room(request: pytest.FixtureRequest, clients: dict[str, Client]) -> str:
    """One in which all are."""
    is_encrypted = request.param == "encrypted"
    [first, *others] = clients.values()
    invite = [each.user for each in others]
    made = first.do("create", name=request.param, invite=invite, encrypted=is_encrypted)
    enter(clients.values(), made)
    for each in clients.values():
        each.sees("encrypted", lambda known: known or not is_encrypted, room=made)
    return str(made)


@pytest.fixture
def asha(home: Home) -> Iterator[httpx.Client]:
    """An app of asha, who owns rooms."""
    with httpx.Client(base_url=f"{home.address}{V3}", timeout=20) as http:
        identifier = {"type": "m.id.user", "user": "asha"}
        body = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
        token = http.post("/login", json=body).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_client_does_the_others_see(
    clients: dict[str, Client], room: str, kind: str
) -> None:
    if kind not in clients:
        pytest.skip(f"{kind} is not installed")
    one = clients[kind]
    others = [each for each in clients.values() if each is not one]
    text, is_encrypted = f"Hello from {kind}", one.do("encrypted", room=room)

    one.do("send", room=room, text=text)
    number = one.message(room, text)["id"]
    for each in others:
        shown = each.message(room, text)
        assert shown["sender"] == one.user
        # Element X's engine does not say of a message whether it was encrypted.
        assert shown.get("encrypted", is_encrypted) == is_encrypted

    one.do("react", room=room, event=number, key="👍")
    for each in others:
        each.sees("messages", reacted(number, [one.user]), room=room)
        each.do("react", room=room, event=number, key="👍")
    one.sees("messages", reacted(number, [each.user for each in clients.values()]), room=room)

    for each in others:
        each.do("reply", room=room, event=number, text=f"{each.kind} answers {kind}")
        shown = one.message(room, f"{each.kind} answers {kind}")
        assert shown["reply_to"] == number

    one.do("send_file", room=room, name=f"{kind}.txt", text=FILE)
    for each in clients.values():
        file = each.message(room, f"{kind}.txt")["id"]
        assert each.do("file", room=room, event=file) == FILE

    last = others[-1]
    last.do("send", room=room, text=f"Who reads {kind}?")
    asked = one.message(room, f"Who reads {kind}?")["id"]
    one.do("read", room=room)
    one.sees("unread", lambda unread: unread == 0, room=room)
    last.sees("receipts", lambda known: known.get(one.user) == asked, room=room)

    one.do("edit", room=room, event=number, text=f"{text}, edited")
    for each in others:
        each.message(room, f"{text}, edited", number)

    one.do("type", room=room)
    for each in others:
        each.sees("typing", lambda users: one.user in users, room=room)

    one.do("redact", room=room, event=number)
    for each in clients.values():
        each.sees("messages", is_gone(number), room=room)


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_invited_joins_and_who_is_removed_is_gone(
    clients: dict[str, Client], asha: httpx.Client, kind: str
) -> None:
    if kind not in clients:
        pytest.skip(f"{kind} is not installed")
    one = clients[kind]
    others = [each for each in clients.values() if each is not one]
    body = {"name": f"Of {kind}", "invite": [each.user for each in clients.values()]}
    room = asha.post("/createRoom", json=body).json()["room_id"]
    enter(clients.values(), room)
    levels = asha.get(f"/rooms/{room}/state/m.room.power_levels").json()
    levels["users"][one.user] = 50
    answer = asha.put(f"/rooms/{room}/state/m.room.power_levels", json=levels)
    assert answer.status_code == 200, answer.text
    while others:
        removed = others.pop()
        one.do("remove", room=room, user=removed.user)
        removed.sees("rooms", lambda known: known.get(room) in ("left", None))
        stayed = {each.user for each in [one, *others]}
        for each in [one, *others]:
            each.sees("members", is_without(removed.user, stayed), room=room)
    one.do("send", room=room, text="Still here")
    one.message(room, "Still here")


def is_without(user: str, stayed: set[str]) -> Callable[[list[str]], bool]:
    """Return what finds out that somebody is no member any more, and others still are."""
    return lambda known: user not in known and stayed <= set(known)


def reacted(number: str, users: list[str]) -> Callable[[list[dict[str, Any]]], bool]:
    """Return what finds a message with these people's reactions."""
    return lambda known: any(
        each["id"] == number and set(users) <= set(each["reactions"].get("👍", []))
        for each in known
    )


def is_gone(number: str) -> Callable[[list[dict[str, Any]]], bool]:
    """Return what finds out that a message is not shown any more."""
    return lambda known: not any(each["id"] == number and each["text"] for each in known)
