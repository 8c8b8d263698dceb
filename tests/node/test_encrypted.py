"""What is said in encrypted rooms is read and written on a node, and nowhere on its hub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import Browser
from tests.node.friend import Friend
from tests.node.running import NodeServer, history, is_there, page_of, see, until, words
from tests.server import Server

require_nio("vodozemac")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "hub") as running:
        for name in ("asha", "ben"):
            assert Browser(running.address).register(name).status_code == 303
        yield running


def found_in(folder: Path, sought: list[str]) -> list[str]:
    """Return which words are anywhere in the files of a folder."""
    files = [each.read_bytes() for each in folder.rglob("*") if each.is_file()]
    return [word for word in sought if any(word.encode() in content for content in files)]


@pytest.mark.parametrize("number", [5, pytest.param(200, marks=pytest.mark.long)])
def test_the_hub_never_sees_a_word(hub: Server, tmp_path: Path, number: int) -> None:
    canaries = words(number)
    with NodeServer(tmp_path / "node", hub) as node, Friend(hub, tmp_path / "ben", "ben") as ben:
        with page_of(node, "asha") as lobby:
            room = ben.talk_with("asha")
            ben.say(room, "First")
            until(lambda: is_there(lobby, 3))
        with page_of(node, "asha", 3) as asha:
            until(lambda: history(asha) == ["First"])
            for canary in canaries:
                asha.send(f"The word is {canary}", canary)
                see(asha, canary)
            ben.see(f"The word is {canaries[-1]}")
            ben.say(room, "Read it")
            see(asha, "Read it")
        assert ben.unreadable() == 0
        assert [each for each in ben.texts() if "canary" in each] == [
            f"The word is {each}" for each in canaries
        ]
        assert found_in(tmp_path / "node", canaries) == canaries  # the search finds what is there
        log = hub.log.read_text()
        assert found_in(tmp_path / "hub", canaries) == []
        assert not any(each in log for each in canaries)


@pytest.mark.long  # three devices take long to start
def test_keys_go_to_signed_devices_alone(hub: Server, tmp_path: Path) -> None:
    with (
        NodeServer(tmp_path / "node", hub) as node,
        Friend(hub, tmp_path / "ben", "ben") as ben,
        Friend(hub, tmp_path / "other", "ben", is_signed=False) as other,
        page_of(node, "asha") as lobby,
    ):
        room = ben.talk_with("asha")
        until(lambda: is_there(lobby, 3))
        with page_of(node, "asha", 3) as asha:
            asha.send("For signed devices", "signed-000001")
            ben.see("For signed devices")
            until(lambda: other.unreadable() > 0)
            assert other.texts() == []
            other.say(room, "Who am I?")
            assert "has not signed" in see(asha, "Who am I?")


@pytest.mark.long  # the same
def test_a_changed_identity_stops_what_is_sent(hub: Server, tmp_path: Path) -> None:
    with (
        NodeServer(tmp_path / "node", hub) as node,
        Friend(hub, tmp_path / "ben", "ben") as ben,
        page_of(node, "asha") as lobby,
    ):
        ben.talk_with("asha")
        until(lambda: is_there(lobby, 3))
        with page_of(node, "asha", 3) as asha:
            asha.send("As you were", "before-000001")
            ben.see("As you were")
            ben.sign_anew()
            asha.send("Who are you?", "after-000001")
            lobby.send("To the lobby", "lobby-000001")  # which goes on
            see(lobby, "To the lobby")
            account = asha.browser.http.get("/account").text
            assert "Their identity has changed" in account
            assert "Who are you?" not in ben.texts()
