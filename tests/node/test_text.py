"""A node shows what is said at its hub, and what is written there reaches the hub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import Browser
from tests.node.running import NodeServer, answered, history, page_of, see, until
from tests.server import Server
from tests.tcp_proxy import TcpProxy
from tests.upload_client import rows

require_nio()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "hub") as running:
        for name in ("asha", "ben"):
            assert Browser(running.address).register(name).status_code == 303
        yield running


def test_both_ways(hub: Server, tmp_path: Path) -> None:
    with page_of(hub, "ben") as ben, NodeServer(tmp_path / "node", hub) as node:
        ben.send("Before the node came", "before-000001")
        see(ben, "Before the node came")
        with page_of(node, "asha") as asha:
            ben.send("Hello node", "hello-000001")
            see(asha, "Hello node")
            asha.send("Hello hub", "answer-000001")
            see(ben, "Hello hub")
            see(asha, "Hello hub")


@pytest.mark.long  # it waits for the hub to come back
def test_nothing_is_lost_while_the_hub_is_away(hub: Server, tmp_path: Path) -> None:
    with NodeServer(tmp_path / "node", hub) as node, page_of(node, "asha") as asha:
        asha.send("One", "number-000001")
        see(asha, "One")
        hub.kill()
        for number in range(2, 5):
            asha.send(f"Number {number}", f"number-00000{number}")
        asha.send("Number 4", "number-000004")  # as a page does after 30 s without an answer
        answered(asha)
        hub.start()
        see(asha, "Number 4")
        with page_of(hub, "ben") as ben:
            assert history(ben) == ["One", "Number 2", "Number 3", "Number 4"]
            ben.send("Number 5", "number-000005")
            see(asha, "Number 5")
        assert history(asha) == ["One", "Number 2", "Number 3", "Number 4", "Number 5"]


@pytest.mark.long  # the same, with the node killed
def test_nothing_is_lost_when_the_node_is_killed(hub: Server, tmp_path: Path) -> None:
    with NodeServer(tmp_path / "node", hub) as node:
        with page_of(node, "asha") as asha:
            hub.pause()  # it takes requests, and answers none
            asha.send("Written before", "number-000001")
            asha.send("And this", "number-000002")
            answered(asha)
            node.kill()
        hub.resume()
        with page_of(hub, "ben") as ben:
            ben.send("In between", "number-000003")
            see(ben, "In between")
            node.start()
            with page_of(node, "asha") as again:
                until(lambda: "And this" in history(again))
                shown = history(again)
            assert shown == history(ben)
            assert sorted(shown) == ["And this", "In between", "Written before"]
            assert shown.index("Written before") < shown.index("And this")


@pytest.mark.long  # the hub restarts
def test_a_message_whose_answer_was_lost_is_known_again(hub: Server, tmp_path: Path) -> None:
    """The hub has it, forgets what it was called, and tells of it before it is sent again."""
    with (
        TcpProxy(hub.port) as proxy,
        NodeServer(tmp_path / "node", hub, proxy.port) as node,
        page_of(node, "asha") as asha,
    ):
        proxy.cut_received_after = 0
        asha.send("Once", "number-000001")
        until(lambda: rows(hub.data, "SELECT 1 FROM messages WHERE text = 'Once'"))
        hub.kill()
        hub.start()
        proxy.cut_received_after = None
        see(asha, "Once")
        until(lambda: not node.rows("SELECT 1 FROM node_outbox"))
        assert node.rows("SELECT text, client_message_id FROM messages") == [
            ("Once", "number-000001")
        ]
        with page_of(hub, "ben") as ben:
            assert history(ben) == ["Once"]
