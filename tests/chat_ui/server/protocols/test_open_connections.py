"""How many HTTP connections an address, and an IPv6 site around it, may hold."""

import pytest

from chat_ui.server.protocols import open_connections
from chat_ui.server.protocols.open_connections import OpenConnections


class Waiting:
    """A connection that waits for a request."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.is_dropped = False

    def is_idle(self) -> bool:
        return True

    def is_waiting(self) -> bool:
        return True

    def end_if_overdue(self) -> None:
        raise NotImplementedError

    def drop(self) -> None:
        self.is_dropped = True


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_connections, "PER_ADDRESS", 2)
    monkeypatch.setattr(open_connections, "PER_SITE", 5)


def admit(number: int, network: str) -> list[Waiting]:
    """Open so many connections; return those that were dropped."""
    opened = OpenConnections()
    made = [Waiting(network.format(n)) for n in range(number)]
    assert all(map(opened.admit, made))
    dropped = [each for each in made if each.is_dropped]
    for each in made:
        opened.remove(each)
        opened.remove(each)  # twice: it was dropped, and then lost
    assert not opened._by_key
    return dropped


def test_an_address_pushes_out_its_own_connections() -> None:
    assert len(admit(6, "192.0.2.7")) == 4


def test_the_networks_of_a_site_push_out_each_other() -> None:
    assert len(admit(6, "2001:db8:1:{:x}::/64")) == 1


def test_other_addresses_do_not() -> None:
    assert admit(6, "192.0.2.{}") == []
    assert admit(6, "2001:db8:{:x}::/64") == []
    assert admit(6, "") == []  # a proxy, which counts itself


def test_a_session_is_not_counted_for_its_address() -> None:
    opened = OpenConnections()
    for _ in range(6):
        connection = Waiting("2001:db8:1:2::/64")
        assert opened.admit(connection)
        opened.recognise(connection, 7)
        assert not connection.is_dropped
