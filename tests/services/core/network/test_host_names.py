"""Host names in one spelling, and the names of this machine."""

import socket

import pytest

from services.core.network import host_names


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Chat.Example", "chat.example"),
        ("chat.example.:8080", "chat.example"),
        ("localhost:", "localhost"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("[0:0::1]", "::1"),
        ("::1", "::1"),
        ("my_machine", "my_machine"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("", ""),
        (":8080", ""),
        (".", ""),
        ("a..b", ""),
        ("[::1", ""),
        ("[evil.example]", ""),
        ("x/healthz?", ""),
        ("chat.example@evil.example", ""),
        ("chat.example:80:80", ""),
        ("chat.example ,evil.example", ""),
        ("a" * 300, ""),
    ],
)
def test_a_name_has_one_spelling(host: str, name: str) -> None:
    assert host_names.normalise(host) == name


@pytest.mark.parametrize(
    ("hostname", "names"),
    [
        ("Laptop", {"laptop", "laptop.local"}),
        ("laptop.local", {"laptop", "laptop.local"}),
        ("a.b.example", {"a", "a.local", "a.b.example"}),
        ("", set()),
    ],
)
def test_a_machine_has_its_name_also_for_multicast_dns(
    monkeypatch: pytest.MonkeyPatch, hostname: str, names: set[str]
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: hostname)
    assert host_names.own_names() == names
