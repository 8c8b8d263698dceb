"""The address of the bus: what is accepted, and what is shown of it."""

import pytest

from services.core.network import bus_address
from services.core.settings import Settings, load


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("redis://127.0.0.1", "redis://127.0.0.1"),
        ("redis://127.0.0.1:6379/", "redis://127.0.0.1:6379/"),
        ("redis://:secret@bus.example.org:7000/3", "redis://:secret@bus.example.org:7000/3"),
        ("rediss://me:p%40ss@[::1]:7000", "rediss://me:p%40ss@[::1]:7000"),
        ("valkey://host", "redis://host"),
        ("valkeys://host", "rediss://host"),
    ],
)
def test_addresses_are_taken(url: str, taken: str) -> None:
    assert bus_address.check(url) == taken


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:6379",
        "http://host",
        "redis://",
        "redis://:secret@",
        "redis://host:0",
        "redis://host:99999",
        "redis://host:secret",
        "redis://:secret/1@host",
        "redis://:sec@ret@host",
        "redis://a@b:secret@host",
        "redis://host/name",
        "redis://host/-1",
        "redis://:secret@host?db=1",
        "redis://:secret@host#1",
        "unix:///run/redis.sock",
        "redis://[::1",
    ],
)
def test_other_texts_are_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValueError, match="it is not an address such as redis://") as refused:
        bus_address.check(url)
    said = str(refused.value).replace("redis://:password@host:6379", "")
    assert "secret" not in said
    assert url not in said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://me:secret@bus.example.org:7000/3", "bus.example.org:7000"),
        ("redis://:secret@bus.example.org", "bus.example.org:6379"),
        ("redis://:secret@[::1]:7000", "[::1]:7000"),
    ],
)
def test_neither_user_nor_password_is_shown(url: str, shown: str) -> None:
    assert bus_address.shown(url) == shown


def test_the_settings_never_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_DATABASE", "postgresql://chat@host/chat")
    monkeypatch.setenv("CHAT_BUS", "redis://:secret@host")
    settings = load()
    assert settings.bus
    assert settings.bus.get_secret_value() == "redis://:secret@host"
    assert "secret" not in repr(settings)
    assert "secret" not in settings.model_dump_json()


def test_nothing_is_no_address() -> None:
    assert Settings(bus="").bus is None


def test_a_wrong_address_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_DATABASE", "postgresql://chat@host/chat")
    monkeypatch.setenv("CHAT_BUS", "redis://:secret/@host")
    with pytest.raises(ValueError, match="CHAT_BUS") as refused:
        load()
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_it_is_for_postgresql_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAT_DATABASE", raising=False)
    monkeypatch.setenv("CHAT_BUS", "redis://:secret@host")
    with pytest.raises(ValueError, match="CHAT_BUS is for several processes on PostgreSQL"):
        load()
