"""Clients that others have written talk with each other through the chat, in all directions."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.matrix.app import V3
from tests.api.matrix.clients import installed
from tests.http_client import PASSWORD, Browser
from tests.server import Server

pytestmark = pytest.mark.long  # fetches 360 MB at its first time
KINDS = ("js", "element", "nio")
WITHIN_SECONDS = 20.0


class Client:
    """A client that runs, of a person of the same name."""

    def __init__(self, kind: str, server: Server, folder: Path) -> None:
        self.kind = kind
        command = installed.command(kind, server.address, kind, PASSWORD, folder / kind)
        self.log = folder / f"{kind}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def __enter__(self) -> "Client":
        self.user = self._answer()["user"]
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.communicate(timeout=20)

    def do(self, what: str, **more: str) -> Any:
        """Have it do something; return what it says."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        assert "error" not in answer, f"{self.kind} cannot {what}: {answer}"
        return answer["done"]

    def sees(self, what: str, fits: Callable[[Any], Any], **more: str) -> Any:
        """Ask for what it knows until it fits; return what of it does."""
        until = time.monotonic() + WITHIN_SECONDS
        while True:
            known = self.do(what, **more)
            if known is not None and (found := fits(known)):
                return found
            if time.monotonic() > until:
                raise AssertionError(f"{self.kind} does not see it: {known}")
            time.sleep(0.1)  # it has nothing to wait for: it says only what it knows

    def message(self, room: str, text: str | None, event: str = "") -> dict[str, Any]:
        """Wait until it shows a message, of this id if there is one; return it."""

        def find(known: list[dict[str, Any]]) -> Any:
            return [each for each in known if each["text"] == text and event in ("", each["id"])]

        found: dict[str, Any] = self.sees("messages", find, room=room)[0]
        return found

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"{self.kind} has ended: {self.log.read_text()[-2000:]}"
        answer: dict[str, Any] = json.loads(line)
        return answer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("clients") / "data") as running:
        for name in ("asha", *KINDS):
            assert Browser(running.address).register(name).status_code == 303
        yield running


@pytest.fixture
def asha(server: Server) -> Iterator[httpx.Client]:
    """An app of asha, who owns rooms."""
    with httpx.Client(base_url=f"{server.address}{V3}", timeout=20) as http:
        body = {"type": "m.login.password", "user": "asha", "password": PASSWORD}
        token = http.post("/login", json=body).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


@pytest.fixture(scope="module")
def clients(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Client]]:
    """One of each kind that can be installed here."""
    folder, missing = tmp_path_factory.mktemp("installed"), []
    with ExitStack() as stack:
        found = {}
        for kind in KINDS:
            try:
                client = Client(kind, server, folder)
            except installed.NotInstalled as error:
                missing.append(f"{kind}: {error}")
                continue
            found[kind] = stack.enter_context(client)
        if missing and os.environ.get("CHAT_REQUIRE_CLIENTS"):
            pytest.fail(f"CHAT_REQUIRE_CLIENTS is set, but missing is: {missing}")
        if len(found) < 2:
            pytest.skip(f"needs two clients: {missing}")
        yield found


@pytest.fixture(scope="module")
def room(clients: dict[str, Client]) -> str:
    """The Lobby, in which all are."""
    for client in clients.values():
        client.sees("rooms", lambda known: "joined" in known.values())
    [first, *_others] = clients.values()
    [found] = first.do("rooms")
    return str(found)


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_client_does_the_others_see(
    clients: dict[str, Client], room: str, kind: str
) -> None:
    if kind not in clients:
        pytest.skip(f"{kind} is not installed")
    one = clients[kind]
    others = [each for each in clients.values() if each is not one]
    text = f"Hello from {kind}"

    one.do("send", room=room, text=text)
    number = one.message(room, text)["id"]
    for each in others:
        assert each.message(room, text)["sender"] == one.user

    one.do("react", room=room, event=number, key="👍")
    for each in others:
        each.sees("messages", reacted(number, [one.user]), room=room)
        each.do("react", room=room, event=number, key="👍")
    one.sees("messages", reacted(number, [each.user for each in clients.values()]), room=room)

    for each in others:
        each.do("reply", room=room, event=number, text=f"{each.kind} answers {kind}")
        shown = one.message(room, f"{each.kind} answers {kind}")
        assert shown["reply_to"] == number

    one.do("read", room=room)
    one.sees("unread", lambda unread: unread == 0, room=room)

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
    for each in clients.values():
        if each.sees("rooms", lambda known: known.get(room)) == "invited":
            each.do("join", room=room)
    everybody = {each.user for each in clients.values()}
    for each in clients.values():
        each.sees("rooms", lambda known: known.get(room) == "joined")
        each.sees("members", lambda known: everybody < set(known), room=room)
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
