"""Whoever gives this server an address leads it to nothing that only it can reach."""

import socket

import pytest

from services.core.network import host_names, outbound
from services.core.network.outbound import WEB, NotPublicError

PRIVATE = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
    *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::"),
    *("2002:a9fe:a9fe::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe"),
    *("2001:db8::1", "2001::1", "fec0::1", "::7f00:1", "64:ff9b:1::7f00:1", "5f00::1"),
]
PUBLIC = ["142.250.1.1", "2a00:1450:4001::1", "64:ff9b::8efa:101", "::ffff:142.250.1.1"]


def found(address: str, port: int) -> outbound.AddressInfo:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (family, socket.SOCK_STREAM, 0, "", (address, port))


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_connected_to(address: str) -> None:
    assert not outbound.is_public(address)
    with pytest.raises(NotPublicError):
        outbound.open_socket(WEB, found(address, 443))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_ones_are(address: str) -> None:
    assert outbound.is_public(address)
    opened = outbound.open_socket(WEB, found(address, 443))
    assert not opened.getblocking()
    opened.close()


@pytest.mark.parametrize("port", [0, 22, 25, 81, 444, 5432, 6379, 8080, 65535])
def test_only_ports_of_web_sites_are(port: int) -> None:
    assert WEB.allows("142.250.1.1", 80)
    with pytest.raises(NotPublicError):
        outbound.open_socket(WEB, found("142.250.1.1", port))


def test_an_address_of_this_machine_is_not_even_if_it_is_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = host_names.own_address()
    assert outbound.is_own("127.0.0.1")
    assert outbound.is_own(own)
    assert not outbound.is_own("142.250.1.1")
    monkeypatch.setattr(outbound, "is_public", lambda _address: True)
    assert not WEB.allows(own, 443)
    assert WEB.allows("142.250.1.1", 443)
