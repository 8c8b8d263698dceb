"""Certificates of the chat's own: what a device that trusts their authority accepts."""

import ssl
import stat
import sys
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from models.clock import now
from services.core.errors import ServiceError, Unavailable
from services.core.settings import Settings
from services.host import certificates
from services.host.certificates import AUTHORITY, AUTHORITY_KEY, FOLDER, SERVER, SERVER_KEY

HOSTS = {"desk.lan", "desk.local", "192.168.7.20", "localhost", "127.0.0.1", "::1"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def refusal(data: Path, host: str, shown: Path | None = None) -> str:
    """Return why a browser that trusts the authority refuses the certificate at `host`, or ""."""
    folder = data / FOLDER
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown or folder / SERVER, folder / SERVER_KEY)
    client = ssl.create_default_context(cafile=folder / AUTHORITY)
    if hasattr(ssl, "VERIFY_X509_STRICT"):
        client.verify_flags |= ssl.VERIFY_X509_STRICT  # all that RFC 5280 asks for
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(back, there, server_hostname=host),
        server.wrap_bio(there, back, server_side=True),
    )
    done = 0
    while done < len(ends):
        done = 0
        for end in ends:
            try:
                end.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


def test_devices_accept_it_for_this_computer(data: Path) -> None:
    made = certificates.make(data, HOSTS)
    assert made.hosts == HOSTS
    for host in sorted(HOSTS):
        assert refusal(data, host) == "", host
    for host in ("other.local", "example.org", "192.168.7.21"):
        assert refusal(data, host) != ""


@pytest.mark.parametrize(
    "hosts", [{"example.org"}, {"desk.example.org"}, {"192.168.7.21"}, {"2001:db8::1"}]
)
def test_its_authority_can_vouch_for_nothing_else(data: Path, hosts: Collection[str]) -> None:
    """Not even somebody who has its key."""
    certificates.make(data, HOSTS)
    folder = data / FOLDER
    authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
    key = load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
    forged, forged_key = certificates._new_server(hosts, authority, key)  # type: ignore[arg-type]
    (folder / "forged.pem").write_bytes(
        certificates._pem(forged) + certificates._pem_of_key(forged_key)
    )
    (folder / SERVER_KEY).write_bytes(certificates._pem_of_key(forged_key))
    said = refusal(data, min(hosts), folder / "forged.pem")
    assert said == "permitted subtree violation"


def permitted(data: Path) -> set[str]:
    """Return the names that the authority may vouch for, with all below them."""
    authority = x509.load_pem_x509_certificate((data / FOLDER / AUTHORITY).read_bytes())
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    subtrees = constraints.permitted_subtrees or ()
    return {each.value for each in subtrees if isinstance(each, x509.DNSName)}


def test_it_is_for_no_top_level_domain(data: Path) -> None:
    """A computer may be called `chat`, and there are sites such as bank.chat."""
    made = certificates.make(data, {*HOSTS, "chat", "dev"})
    assert made.hosts == HOSTS
    assert permitted(data) == {"desk.lan", "desk.local", "localhost"}


def test_an_authority_for_a_top_level_domain_is_replaced(data: Path) -> None:
    certificates.make(data, HOSTS)
    authority, key = certificates._new_authority({*HOSTS, "chat"})
    (data / FOLDER / AUTHORITY).write_bytes(certificates._pem(authority))
    (data / FOLDER / AUTHORITY_KEY).write_bytes(certificates._pem_of_key(key))
    assert "chat" in permitted(data)
    assert certificates.make(data, HOSTS).is_new_authority
    assert "chat" not in permitted(data)


def test_it_vouches_for_servers_only(data: Path) -> None:
    certificates.make(data, HOSTS)
    authority = x509.load_pem_x509_certificate((data / FOLDER / AUTHORITY).read_bytes())
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert (basic.value.ca, basic.value.path_length) == (True, 0)
    assert authority.extensions.get_extension_for_class(x509.NameConstraints).critical
    use = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(use) == [x509.ExtendedKeyUsageOID.SERVER_AUTH]


def test_both_end(data: Path) -> None:
    made = certificates.make(data, HOSTS)
    assert timedelta(days=395) < made.expires_at - now() < timedelta(days=398)
    assert made.days_left in (395, 396)
    authority = x509.load_pem_x509_certificate((data / FOLDER / AUTHORITY).read_bytes())
    assert authority.not_valid_after_utc - now() < timedelta(days=5 * 366)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_keys_are_for_their_owner_only(data: Path) -> None:
    certificates.make(data, HOSTS)
    folder = data / FOLDER
    for closed in (data, folder):
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    for name in (AUTHORITY_KEY, SERVER_KEY):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_a_renewal_needs_nothing_of_devices(data: Path) -> None:
    first = certificates.make(data, HOSTS)
    before = (data / FOLDER / SERVER).read_bytes()
    second = certificates.make(data, HOSTS - {"::1"})
    assert (first.is_new_authority, second.is_new_authority) == (True, False)
    assert second.fingerprint == first.fingerprint
    assert (data / FOLDER / SERVER).read_bytes() != before
    assert refusal(data, "desk.local") == ""


def test_another_name_needs_another_authority(data: Path) -> None:
    first = certificates.make(data, HOSTS)
    second = certificates.make(data, {*HOSTS, "chat.school.lan"})
    assert second.is_new_authority
    assert second.fingerprint != first.fingerprint
    assert refusal(data, "chat.school.lan") == ""


@pytest.mark.parametrize("name", [AUTHORITY, AUTHORITY_KEY])
@pytest.mark.parametrize("content", [b"", b"no certificate\n"])
def test_a_damaged_authority_is_made_again(data: Path, name: str, content: bytes) -> None:
    certificates.make(data, HOSTS)
    (data / FOLDER / name).write_bytes(content)
    assert certificates.make(data, HOSTS).is_new_authority
    assert refusal(data, "desk.lan") == ""


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(Unavailable, match="data"):
        certificates.make(tmp_path / "data", HOSTS)


# -- its use --------------------------------------------------------------------------------------


def test_only_a_shared_chat_uses_it(data: Path) -> None:
    here, shared = Settings(data=data), Settings(data=data, lan=True)
    assert certificates.use(shared) == shared
    certificates.make(data, HOSTS)
    assert certificates.use(here) == here
    used = certificates.use(shared)
    assert used.tls
    assert certificates.is_own(used)
    assert used.address_for_others.startswith("https://")
    assert not certificates.lasts(used)


def test_one_that_was_given_counts_more(data: Path, tmp_path: Path) -> None:
    certificates.make(data, HOSTS)
    given = Settings(data=data, lan=True, tls_cert=tmp_path / "c.pem", tls_key=tmp_path / "k.pem")
    assert certificates.use(given) == given
    assert not certificates.is_own(given)
    assert certificates.lasts(given)


def test_a_damaged_one_is_not_used(data: Path) -> None:
    certificates.make(data, HOSTS)
    (data / FOLDER / SERVER_KEY).unlink()
    with pytest.raises(ServiceError, match="Run: python"):
        certificates.use(Settings(data=data, lan=True))


@pytest.mark.parametrize("name", [SERVER, SERVER_KEY])
def test_one_that_was_replaced_in_part_is_not_used(data: Path, name: str) -> None:
    certificates.make(data, HOSTS)
    before = (data / FOLDER / name).read_bytes()
    certificates.make(data, HOSTS)
    (data / FOLDER / name).write_bytes(before)
    assert certificates.find(data) is None
    with pytest.raises(ServiceError, match="Run: python"):
        certificates.use(Settings(data=data, lan=True))
    certificates.make(data, HOSTS)
    assert certificates.find(data) is not None


def test_own_hosts_are_those_of_this_computer(data: Path) -> None:
    settings = Settings(data=data, host_names="chat.school.lan, 10.1.2.3")
    assert {
        "localhost",
        "127.0.0.1",
        "::1",
        "chat.school.lan",
        "10.1.2.3",
    } <= certificates.own_hosts(settings)
