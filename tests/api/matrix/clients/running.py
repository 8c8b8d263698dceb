"""Clients that run, each of a person of its own, and what they are seen to know."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api.matrix.clients import installed
from tests.api.matrix.clients.homes import Home
from tests.http_client import PASSWORD

KINDS = ("js", "element", "nio")
WITHIN_SECONDS = 20.0


class Client:
    """A client that runs, of a person of the same name unless it is told another."""

    def __init__(self, kind: str, home: Home, folder: Path, *secret: str, name: str = "") -> None:
        """`secret` is that of another device of the person. Raises `NotInstalled`."""
        self.kind, who = kind, name or kind
        place = folder / f"{who}-{len(secret)}"
        command = installed.command(kind, home.address, who, PASSWORD, place, *secret)
        self.log = place.with_suffix(".log")
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

    def do(self, what: str, **more: Any) -> Any:
        """Have it do something; return what it says."""
        self.begin(what, **more)
        return self.end(what)

    def begin(self, what: str, **more: Any) -> None:
        """Have it do something, while others do, too."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self.process.stdin.flush()

    def end(self, what: str) -> Any:
        """Wait until it has done what it began; return what it says."""
        answer = self._answer()
        assert "error" not in answer, f"{self.kind} cannot {what}: {answer}"
        return answer["done"]

    def sees(self, what: str, fits: Callable[[Any], Any], **more: Any) -> Any:
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


@contextmanager
def all_kinds(home: Home, folder: Path, at_least: int = 2) -> Iterator[dict[str, Client]]:
    """Run a client of each kind that can be installed here; skip the tests if these are too few."""
    missing, begun = [], {}
    with ExitStack() as stack:
        for kind in KINDS:
            try:
                begun[kind] = Client(kind, home, folder)
            except installed.NotInstalled as error:
                missing.append(f"{kind}: {error}")
        if missing and os.environ.get("CHAT_REQUIRE_CLIENTS"):
            pytest.fail(f"CHAT_REQUIRE_CLIENTS is set, but missing is: {missing}")
        for each in begun.values():
            stack.enter_context(each)
        if len(begun) < at_least:
            pytest.skip(f"needs {at_least} clients: {missing}")
        yield begun


def enter(clients: Collection[Client], room: str) -> None:
    """Have all join who are invited, and wait until each sees all."""
    for each in clients:
        if each.sees("rooms", lambda known: known.get(room)) == "invited":
            each.do("join", room=room)
    everybody = {each.user for each in clients}
    for each in clients:
        each.sees("rooms", lambda known: known.get(room) == "joined")
        each.sees("members", lambda known: everybody <= set(known), room=room)
