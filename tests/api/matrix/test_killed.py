"""A server that is killed over and over, while apps claim keys and send each other things.

No key is handed out twice, and what was sent arrives once, in order.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.matrix.app import V3
from tests.api.matrix.keys import SIGNED, one_time
from tests.http_client import PASSWORD, Browser
from tests.server import Server

pytestmark = pytest.mark.long  # the ways of each are in test_keys.py and test_to_device.py

KILLS = 50
KEYS = 8
"""Keys in one upload."""
ENOUGH = 100
"""Keys that nobody has claimed; a device may have 500."""


class Phone:
    """An app on a real server, which asks again after an answer that it did not get."""

    def __init__(self, server: Server, name: str) -> None:
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": PASSWORD,
        }
        address = f"{server.address}{V3}"
        given = httpx.post(f"{address}/login", json=body, timeout=20).raise_for_status().json()
        self.user, self.device = given["user_id"], given["device_id"]
        headers = {"Authorization": f"Bearer {given['access_token']}"}
        self.http = httpx.Client(base_url=address, headers=headers, timeout=20)

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Return what was answered; None if nothing was, or that this is too often."""
        try:
            answer = self.http.request(method, path, json=body, params=query)
        except httpx.TransportError:
            return None
        if answer.status_code in (429, 503):
            return None
        assert answer.status_code == 200, answer.text
        return answer.json()


class Owner:
    """Uploads keys, all of them again and again, and takes what is sent."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.batch = self.left = 0
        self.since = ""
        self.got: list[int] = []

    def upload(self) -> None:
        """Upload some keys; the same ones again if there was no answer."""
        names = (f"{self.batch}-{each}" for each in range(KEYS))
        given = one_time(*names) if self.left < ENOUGH else {}
        answer = self.phone.ask("POST", "/keys/upload", {"one_time_keys": given})
        if answer:
            self.batch += bool(given)
            self.left = answer["one_time_key_counts"].get(SIGNED, 0)

    def sync(self) -> None:
        """Take what was sent."""
        known = {"since": self.since} if self.since else {}
        news = self.phone.ask("GET", "/sync", timeout="100", **known)
        if news:
            self.since = news["next_batch"]
            self.got += [each["content"]["number"] for each in news["to_device"]["events"]]


class Sender:
    """Claims keys, and sends numbers."""

    def __init__(self, phone: Phone, owner: Phone, first: int) -> None:
        self.phone, self.owner = phone, owner
        self.claimed: list[str] = []
        self.numbers = count(first)
        self.next = next(self.numbers)
        self.sent: list[int] = []

    def claim(self) -> None:
        """Claim a key."""
        asked = {self.owner.user: {self.owner.device: SIGNED}}
        found = self.phone.ask("POST", "/keys/claim", {"one_time_keys": asked})
        if found and found["one_time_keys"]:
            self.claimed += found["one_time_keys"][self.owner.user][self.owner.device]

    def send(self) -> None:
        """Send the next number; the same one again if there was no answer."""
        messages = {self.owner.user: {self.owner.device: {"number": self.next}}}
        path = f"/sendToDevice/org.example/{self.next}"
        if self.phone.ask("PUT", path, {"messages": messages}) is not None:
            self.sent.append(self.next)
            self.next = next(self.numbers)


@contextmanager
def busy(*steps: Callable[[], None]) -> Iterator[None]:
    """Do each of these over and over, in a thread of its own."""
    is_over = threading.Event()
    errors: list[BaseException] = []

    def run(step: Callable[[], None]) -> None:
        try:
            while not is_over.wait(0.01):
                step()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in steps]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        is_over.set()
        for each in threads:
            each.join()
    assert errors == []


def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    try:
        for name in ("asha", "ben", "chen"):
            assert Browser(server.address).register(name).status_code == 303
        owner = Owner(Phone(server, "ben"))
        senders = [
            Sender(Phone(server, name), owner.phone, first)
            for name, first in (("asha", 0), ("chen", 10**6))
        ]
        steps = [owner.upload, owner.sync]
        steps += [step for each in senders for step in (each.claim, each.send)]
        progress = senders[0].sent, owner.got, senders[0].claimed
        moment = random.Random(18)
        for _kill in range(KILLS):
            sent, got, claimed = (len(each) for each in progress)
            with busy(*steps):
                # It is in the middle of all three.
                while not (
                    len(senders[0].sent) >= sent + 2
                    and len(owner.got) > got
                    and len(senders[0].claimed) > claimed
                ):
                    threading.Event().wait(0.01)
                threading.Event().wait(moment.uniform(0, 0.2))
                server.kill()
            server.start()
        for each in senders:
            each.send()
        for _time in range(100):
            if len(owner.got) >= sum(len(each.sent) for each in senders):
                break
            owner.sync()
    finally:
        with suppress(ProcessLookupError):  # it failed while none was running
            server.kill()
    claimed = [name for each in senders for name in each.claimed]
    assert len(claimed) == len(set(claimed)), "a key was handed out twice"
    assert len(claimed) > KILLS
    for each in senders:
        theirs = [number for number in owner.got if (number >= 10**6) == (each.sent[0] >= 10**6)]
        assert theirs == each.sent, "lost, doubled, or in another order"
        assert len(each.sent) > KILLS
    assert "Traceback" not in server.log.read_text()
