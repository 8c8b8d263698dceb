"""Nheko, a client for the desktop, reads what matrix-nio has encrypted, and replies."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.matrix.clients.homes import HOMES, running
from tests.api.matrix.clients.installed import NotInstalled
from tests.api.matrix.clients.nheko import Nheko
from tests.api.matrix.clients.running import Client

pytestmark = pytest.mark.long
WITHIN_SECONDS = 60.0


@pytest.mark.parametrize("name", HOMES)
def test_nheko_reads_and_writes_in_an_encrypted_room(name: str, tmp_path: Path) -> None:
    if not os.environ.get("CHAT_REQUIRE_NHEKO"):
        pytest.skip("Nheko is installed and tried with CHAT_REQUIRE_NHEKO=1")
    with running(name, tmp_path) as home:
        for each in ("nio", "nheko"):
            home.register(each)
        try:
            client, nheko = Client("nio", home, tmp_path), Nheko(home, "nheko", tmp_path)
        except NotInstalled as missing:
            pytest.fail(f"CHAT_REQUIRE_NHEKO is set, and this {missing}")
        with nheko, client as nio:
            wait(lambda: nheko.has_uploaded_keys)
            room = nio.do("create", name="Secret", invite=[nheko.user], encrypted=True)
            nheko.join(room)
            nio.sees("members", lambda users: nheko.user in users, room=room)
            nio.do("meet", users=[nheko.user])
            nio.do("send", room=room, text="Hello, Nheko")

            def has_replied() -> bool:
                nheko.reply("I have read it")
                texts = nio.do("tally", room=room)["read"].get(nheko.user, [])
                return any("Hello, Nheko" in each and "I have read it" in each for each in texts)

            wait(has_replied)
            assert nio.do("tally", room=room)["unable"] == {}


def wait(happens: Callable[[], bool]) -> None:
    """Try until it happens. Nheko says nothing of when it is ready."""
    until = time.monotonic() + WITHIN_SECONDS
    while not happens():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.5)
