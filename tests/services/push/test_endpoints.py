"""A made-up push service leads to nothing that only this server can reach."""

import socket
from dataclasses import replace

import pytest

from services.core import app_context
from services.core.errors import ServiceError
from services.core.settings import Settings
from services.push import endpoints
from services.push.endpoints import NotPublicError


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b-_x",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA?x=1",
        "https://web.push.apple.com/QGuQyavXutnMH8",
    ],
)
def test_known_push_services_are_taken(app_settings: Settings, endpoint: str) -> None:
    assert endpoints.check(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://push.example.org/x", "ftp://push.example.org/x", "//push.example.org/x"),
        *("https:///x", "https://", "", None, 7, ["https://push.example.org/x"]),
        *("https://user@push.example.org/x", "https://u:p@push.example.org/x"),
        *("https://push.example.org:99999/x", "https://push.example.org/ x", "https://[::1/x"),
        *("https://push.example.org/\n", "https://püsh.example.org/x", "https://e.org/#x"),
        "https://push.example.org/" + "x" * 1000,
    ],
)
def test_what_is_no_push_service_is_refused(app_settings: Settings, endpoint: object) -> None:
    with pytest.raises(ServiceError, match="push service"):
        endpoints.check(endpoint)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2001:db8::1"),
        *("fec0::1", "::7f00:1", "64:ff9b:1::7f00:1", "5f00::1"),
    ],
)
def test_private_addresses_are_not_connected_to(app_settings: Settings, address: str) -> None:
    assert not endpoints.is_public(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(NotPublicError):
        endpoints.open_socket((family, socket.SOCK_STREAM, 0, "", (address, 443)))


@pytest.mark.parametrize(
    "address", ["142.250.1.1", "2a00:1450:4001::1", "64:ff9b::8efa:101", "::ffff:142.250.1.1"]
)
def test_public_ones_are(app_settings: Settings, address: str) -> None:
    assert endpoints.is_public(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = endpoints.open_socket((family, socket.SOCK_STREAM, 0, "", (address, 443)))
    assert not opened.getblocking()
    opened.close()


def test_private_ones_are_where_the_host_wants_it(
    app_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = app_settings.model_copy(update={"push_to_this_machine": True})
    context = replace(app_context.current(), settings=local)
    monkeypatch.setattr(app_context, "_current", context)
    assert endpoints.check("http://127.0.0.1:9/x")
    endpoints.open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 9))).close()
