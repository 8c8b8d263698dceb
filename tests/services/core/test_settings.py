"""Settings: defaults, options, variables, and errors."""

import os
import traceback
from pathlib import Path

import pytest

from services.core.settings import PROJECT_FOLDER, Registration, Settings, is_loopback, load


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the `CHAT_*` variables of the environment."""
    for name in [name for name in os.environ if name.upper().startswith("CHAT_")]:
        monkeypatch.delenv(name)


def test_the_defaults_serve_this_machine_only() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.data) == (
        "127.0.0.1",
        8080,
        PROJECT_FOLDER / "data",
    )
    assert settings.show
    assert not any([settings.native, settings.edit, settings.lan, settings.behind_proxy])
    assert settings.listen == "127.0.0.1"
    assert not settings.reachable
    assert not settings.tls
    assert settings.who_may_register is Registration.OPEN
    assert settings.address == "http://127.0.0.1:8080"


def test_variables_set_what_options_do_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHAT_PORT", "9000")
    monkeypatch.setenv("CHAT_HOST", "::1")
    monkeypatch.setenv("CHAT_DATA", str(tmp_path))
    monkeypatch.setenv("CHAT_SHOW", "false")
    monkeypatch.setenv("CHAT_REGISTRATION", "closed")
    settings = load()
    assert (settings.port, settings.data, settings.show) == (9000, tmp_path, False)
    assert settings.registration is Registration.CLOSED
    assert settings.address == "http://[::1]:9000"
    assert load(port=9001, host=None).port == 9001


def test_a_folder_may_begin_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(data=Path("~/chat")).data == tmp_path / "chat"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CHAT_PORT", "0"),
        ("CHAT_PORT", "65536"),
        ("CHAT_PORT", "http"),
        ("CHAT_SHOW", "maybe"),
        ("CHAT_LAN", ""),
        ("CHAT_REGISTRATION", "friends"),
        ("CHAT_MESSAGE_RATE", "lots"),
        ("CHAT_MESSAGE_RATE", ""),
        ("CHAT_MESSAGE_RATE", "0 per minute"),
        ("CHAT_ARGON2_MEMORY_KIB", "8"),
        ("CHAT_ARGON2_TIME_COST", "0"),
        ("CHAT_VIRUS_SCANNER", "clamd.ctl"),
        ("CHAT_VIRUS_SCANNER", "localhost"),
        ("CHAT_VIRUS_SCANNER", "localhost:0"),
        ("CHAT_VIRUS_SCANNER", "localhost:65536"),
        ("CHAT_VIRUS_SCANNER", "::1:3310"),
        ("CHAT_VIRUS_SCANNER", "http://localhost:3310"),
        ("CHAT_PUBLIC_URL", "chat.example"),
        ("CHAT_PUBLIC_URL", "ftp://chat.example"),
        ("CHAT_PUBLIC_URL", "https://"),
        ("CHAT_PUBLIC_URL", "https://chat.example:99999"),
        ("CHAT_PUBLIC_URL", "https://me@chat.example"),
        ("CHAT_PUBLIC_URL", "https://chat.example/rooms"),
        ("CHAT_PUBLIC_URL", "https://chat.example?a"),
        ("CHAT_HOST_NAMES", "chat.example, a/b"),
        ("CHAT_HOST_NAMES", "https://chat.example"),
        ("CHAT_FILE_SIZE", "lots"),
        ("CHAT_FILE_SIZE", ""),
        ("CHAT_FILE_SIZE", "0"),
        ("CHAT_FILE_SIZE", "0.1 B"),
        ("CHAT_FILE_SIZE", "-25 MB"),
        ("CHAT_FILE_SIZE", "25 MB 5"),
        ("CHAT_FILE_SIZE", "25 apples"),
        ("CHAT_FILE_SIZE", "9" * 400),
        ("CHAT_FILES_PER_PERSON", "0 GB"),
        ("CHAT_FILES_TOTAL", "all"),
    ],
)
def test_an_invalid_value_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    load()
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=rf"^{variable} is .*, which is not valid: .*\.$") as error:
        load()
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("token", ["s3cret", "s3cret-with-signs-#?!", "s3cret with spaces in it"])
def test_an_invalid_token_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("CHAT_METRICS_TOKEN", token)
    with pytest.raises(ValueError, match=r"^CHAT_METRICS_TOKEN is .*at least 16") as error:
        load()
    assert "s3cret" not in "".join(traceback.format_exception(error.value))


def test_a_token_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().metrics_token is None
    monkeypatch.setenv("CHAT_METRICS_TOKEN", "")
    assert load().metrics_token is None
    monkeypatch.setenv("CHAT_METRICS_TOKEN", "s3cret-of-16-abc")
    token = load().metrics_token
    assert token is not None
    assert token.get_secret_value() == "s3cret-of-16-abc"
    assert "s3cret" not in repr(load())


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///chat.db",
        "chat:s3cret@localhost/chat",
        "postgresql://chat:s3cret@localhost",
        "postgresql://chat:s3cret@localhost/",
        "postgresql:///s3cret",
        "postgresql://chat:s3cret@localhost:many/chat",
        "postgresql://chat:pa/s3cret@localhost/chat",
        "postgresql://chat:1/s3cret@localhost/chat",
        "postgresql://chat:1#s3cret@localhost/chat",
        "postgresql://chat:1?s3cret@localhost/chat",
        "postgresql://chat:s3cret@localhost/chat?sslmode",
        "postgresql://chat:[s3cret@localhost/chat",
    ],
)
def test_an_invalid_database_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("CHAT_DATABASE", url)
    with pytest.raises(ValueError, match=r"^CHAT_DATABASE is .*not an address such as") as error:
        load()
    assert "s3cret" not in str(error.value)
    assert "s3cret" not in "".join(traceback.format_exception(error.value))


def test_a_database_is_shown_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().postgres is None
    monkeypatch.setenv("CHAT_DATABASE", "")
    assert load().postgres is None
    url = "postgresql://chat:s3%2Fcr%40t@db.example.org:5433/class?sslmode=verify-full"
    monkeypatch.setenv("CHAT_DATABASE", url)
    address = load().postgres
    assert address is not None
    assert str(address) == repr(address) == "db.example.org:5433/class"
    assert dict(address.parameters) == {
        "host": "db.example.org",
        "port": 5433,
        "dbname": "class",
        "user": "chat",
        "password": "s3/cr@t",
        "sslmode": "verify-full",
    }
    assert "s3" not in repr(load())


def test_an_invalid_option_is_named_as_an_option() -> None:
    with pytest.raises(ValueError, match=r"^--port is 70000, which is not valid: .*\.$"):
        load(port=70000)
    with pytest.raises(ValueError, match=r"^--registration is 'friends', which is not valid"):
        load(registration="friends")


@pytest.mark.parametrize("name", ["CHAT_PROT", "CHAT_", "chat_prot", "CHAT_MODEL_CONFIG"])
def test_an_unknown_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("CHATTER", "is somebody else's")
    load()
    monkeypatch.setenv(name, "1")
    with pytest.raises(ValueError, match=f"^{name} is not a setting of Simple Chat"):
        load()


def test_a_variable_may_be_in_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("chat_port", "9000")
    assert load().port == 9000


@pytest.mark.parametrize(
    ("given", "reachable", "may_register"),
    [
        ({}, False, "open"),
        ({"host": "localhost"}, False, "open"),
        ({"host": "::1"}, False, "open"),
        ({"lan": True}, True, "open"),
        ({"behind_proxy": True}, True, "invite"),
        ({"host": "0.0.0.0"}, True, "invite"),
        ({"host": "::"}, True, "invite"),
        ({"host": "chat.example"}, True, "invite"),
        ({"host": "192.0.2.7"}, True, "invite"),
        ({"lan": True, "registration": "invite"}, True, "invite"),
        ({"registration": "closed"}, False, "closed"),
        ({"behind_proxy": True, "registration": "open"}, True, "open"),
    ],
)
def test_who_may_register(given: dict[str, object], reachable: bool, may_register: str) -> None:
    settings = load(**given)
    assert settings.reachable is reachable
    assert settings.who_may_register == may_register


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"lan": True}, "http://127.0.0.1:8080"),
        ({"host": "::", "port": 9000}, "http://127.0.0.1:9000"),
        ({"host": "192.0.2.7"}, "http://192.0.2.7:8080"),
        (
            {"tls_cert": Path("/etc/cert.pem"), "tls_key": Path("/etc/key.pem")},
            "https://127.0.0.1:8080",
        ),
    ],
)
def test_the_address_for_a_local_browser(given: dict[str, object], address: str) -> None:
    assert load(**given).address == address


def test_only_this_machine_is_loopback() -> None:
    for host in ("127.0.0.1", "127.8.9.10", "::1", "localhost"):
        assert is_loopback(host)
    for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.example", "", "127.0.0.1.example"):
        assert not is_loopback(host)


def test_settings_are_immutable() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1


# -- the accent ---------------------------------------------------------------------------------


def test_an_accent_is_a_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_ACCENT", "#0A7D5A")
    assert load().accent == "#0a7d5a"


@pytest.mark.parametrize(
    "value", ["green", "#fff", "#0a7d5a ", "#0a7d5a80", "#0a7d5g", "#0a7d5a;}body{x:"]
)
def test_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CHAT_ACCENT", value)
    with pytest.raises(ValueError, match="#4b57d6"):
        load()


# -- file sizes and types -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("1", 1),
        ("25 MB", 25_000_000),
        ("25mb", 25_000_000),
        (" 1.5 GB ", 1_500_000_000),
        ("64 MiB", 64 * 1024**2),
    ],
)
def test_sizes_have_units(monkeypatch: pytest.MonkeyPatch, value: str, size: int) -> None:
    monkeypatch.setenv("CHAT_FILE_SIZE", value)
    assert load().file_size == size


@pytest.mark.parametrize(
    ("sizes", "too_small", "too_large"),
    [
        ({"FILE_SIZE": "5 GB"}, "FILES_PER_PERSON", "FILE_SIZE"),
        ({"FILES_PER_PERSON": "20 MB"}, "FILES_PER_PERSON", "FILE_SIZE"),
        ({"FILES_TOTAL": "1 GB"}, "FILES_TOTAL", "FILES_PER_PERSON"),
        (
            {"FILE_SIZE": "3 MB", "FILES_PER_PERSON": "2 MB", "FILES_TOTAL": "1 MB"},
            "FILES_PER_PERSON",
            "FILE_SIZE",
        ),
    ],
)
def test_a_size_limit_may_not_exceed_the_next_wider_one(
    monkeypatch: pytest.MonkeyPatch, sizes: dict[str, str], too_small: str, too_large: str
) -> None:
    for name, value in sizes.items():
        monkeypatch.setenv(f"CHAT_{name}", value)
    with pytest.raises(
        ValueError, match=rf"^CHAT_{too_small} is .* less than CHAT_{too_large}, .*\.$"
    ):
        load()


def test_size_limits_may_be_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FILE_SIZE", "FILES_PER_PERSON", "FILES_TOTAL"):
        monkeypatch.setenv(f"CHAT_{name}", "1 MB")
    assert load().files_total == load().file_size == 10**6


def test_blocked_file_types(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().refused_kinds == set()
    monkeypatch.setenv("CHAT_FILES_REFUSED", " Video, .EXE,, made-up ,")
    assert load().refused_kinds == {"video", "exe", "made-up"}


@pytest.mark.parametrize(
    ("given", "public", "hosts"),
    [
        ("https://Chat.Example.", "https://chat.example", {"chat.example"}),
        ("https://chat.example:443/", "https://chat.example", {"chat.example"}),
        ("http://chat.example:8443", "http://chat.example:8443", {"chat.example"}),
        ("http://[2001:DB8:0::1]:8080", "http://[2001:db8::1]:8080", {"2001:db8::1"}),
        ("", "", set()),
    ],
)
def test_the_public_url_names_the_host(given: str, public: str, hosts: set[str]) -> None:
    settings = load(public_url=given)
    assert settings.public_url == public
    assert settings.configured_hosts == hosts
    assert settings.reachable is bool(public)
    assert settings.address_for_others == (public or "http://127.0.0.1:8080")


def test_further_host_names_are_configured_with_commas() -> None:
    settings = load(public_url="https://chat.example", host_names="other.example, 192.0.2.7,[::2],")
    names = {"chat.example", "other.example", "192.0.2.7", "::2"}
    assert settings.configured_hosts == names
