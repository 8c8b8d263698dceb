"""Edits, deletions, reactions and replies go both ways between a node and others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import Browser
from tests.node.friend import Friend
from tests.node.running import NodeServer, history, is_there, page_of, see, shown, until
from tests.server import Server

require_nio("vodozemac")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "hub") as running:
        for name in ("asha", "ben"):
            assert Browser(running.address).register(name).status_code == 303
        yield running


@pytest.mark.long  # each change waits for both servers
def test_both_ways_in_an_encrypted_room(hub: Server, tmp_path: Path) -> None:
    with (
        NodeServer(tmp_path / "node", hub) as node,
        Friend(hub, tmp_path / "ben", "ben") as ben,
        page_of(node, "asha") as lobby,
    ):
        room = ben.talk_with("asha")
        until(lambda: is_there(lobby, 3))
        with page_of(node, "asha", 3) as asha:
            first = ben.say(room, "Tea at five")
            see(asha, "Tea at five")
            edited = {"msgtype": "m.text", "body": "Tea at six"}
            relation = {"rel_type": "m.replace", "event_id": first}
            ben.say(room, "* Tea at six", **{"m.new_content": edited, "m.relates_to": relation})
            until(lambda: history(asha) == ["Tea at six"])

            mine = {"room": asha.room, "id": "reply-000001", "text": "Gladly", "reply": 1}
            asha.emit("event", asha.event("send", mine))
            see(asha, "Gladly")
            ben.see("Gladly")
            reply = next(each for each in ben.told if each["content"].get("body") == "Gladly")
            assert reply["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == first

            asha.emit("event", asha.event("edit", {"room": 3, "seq": 2, "text": "With cake"}))
            until(lambda: any(ben.edits_of(reply["event_id"])))
            assert ben.edits_of(reply["event_id"]) == ["With cake"]
            until(lambda: "With cake" in shown(asha))

            asha.emit(
                "event", asha.event("react", {"room": 3, "seq": 1, "emoji": "👍", "on": True})
            )
            until(lambda: ben.reactions_to(first) == ["👍"])
            asha.emit(
                "event", asha.event("react", {"room": 3, "seq": 1, "emoji": "👍", "on": False})
            )
            until(lambda: ben.reactions_to(first) == [])

            ben.do(ben.client.room_redact(room, first))
            until(lambda: "Tea at six" not in shown(asha))
