"""HTTPS on a network without a public name: a certificate authority of this computer, and for it.

The authority may vouch for nothing but the names and addresses of this computer (name constraints,
RFC 5280 §4.2.1.10), which are in its certificate. So a device that trusts it, and checks them, can
be deceived about no other site, even by somebody who has stolen its key. RFC 5280 §6.1.1 does not
oblige devices to check them in what they were told to trust.

    certificate/authority.pem  what devices install      certificate/server.pem  what the chat shows
    certificate/authority.key  signs server.pem          certificate/server.key  its key
"""

import ipaddress
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from models.clock import now
from services.core.branding import NAME
from services.core.disk import atomic_file, data_folder
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.network import host_names
from services.core.settings import Settings

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

FOLDER = "certificate"
AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority.key"
SERVER, SERVER_KEY = "server.pem", "server.key"
SERVER_DAYS = 397
"""How long the certificate of the server is valid; browsers accept no more than 398 of others'."""
AUTHORITY_DAYS = 5 * 365
RENEW_DAYS = 30
"""How many days before its end the host is reminded."""
CLOCKS_DIFFER = timedelta(hours=1)
"""It is valid from before now, as clocks of devices may be slow."""


class Certificate(Struct, frozen=True):
    """The certificate of the server, and the authority that vouches for it."""

    hosts: frozenset[str]
    """The names and addresses that it is for, normalised."""
    expires_at: datetime
    fingerprint: str
    """The SHA-256 of the authority's certificate, as devices show it: `AB:CD:…`."""
    is_new_authority: bool = False
    """Whether devices must install the authority, perhaps again."""

    @property
    def days_left(self) -> int:
        """For how many days it is still valid; negative if it is not."""
        return (self.expires_at - now()).days


def own_hosts(settings: Settings) -> frozenset[str]:
    """Return all names and addresses by which browsers may reach the chat on this computer."""
    addresses = {host_names.normalise(host_names.own_address())} - {""}
    own = host_names.own_names() | addresses | host_names.LOOPBACK
    return frozenset(own) | settings.configured_hosts


def may_be_for(host: str) -> bool:
    """Return whether a certificate may be for a host, normalised: not for a name without a dot.

    Who may vouch for a name may vouch for all below it, too (RFC 5280 §4.2.1.10), and `chat` is a
    top-level domain. `localhost` is none, and never will be (RFC 6761 §6.3).
    """
    return host in host_names.LOOPBACK or "." in host or _address(host) is not None


def make(data: Path, hosts: Collection[str]) -> Certificate:
    """Make a certificate in a data folder, for those hosts, normalised, that it may be for.

    An authority that is there signs it, so that devices need nothing new, unless it may not vouch
    for all of them, may vouch for too much, or does not last as long: then there is a new one.
    Raises `ServiceError` when the folder cannot be written.
    """
    hosts = frozenset(filter(may_be_for, hosts))
    folder = data / FOLDER
    try:
        data_folder.create(data)
        folder.mkdir(mode=0o700, exist_ok=True)
        known = _authority(folder, hosts)
        authority, key = known or _new_authority(hosts)
        if known is None:
            atomic_file.write(folder / AUTHORITY_KEY, _pem_of_key(key))
            atomic_file.write(folder / AUTHORITY, _pem(authority))
        server, server_key = _new_server(hosts, authority, key)
        atomic_file.write(folder / SERVER_KEY, _pem_of_key(server_key))
        atomic_file.write(folder / SERVER, _pem(server))
    except OSError as error:
        raise data_folder.unusable(folder, error) from error
    return _described(server, authority, is_new_authority=known is None)


def find(data: Path) -> Certificate | None:
    """Return the certificate in a data folder, or None if there is no whole one, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    folder = data / FOLDER
    try:
        server = x509.load_pem_x509_certificate((folder / SERVER).read_bytes())
        authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
        server.verify_directly_issued_by(authority)
        key = load_pem_private_key((folder / SERVER_KEY).read_bytes(), None)
    except Exception:  # missing, damaged, or of another authority
        return None
    # They are replaced one after the other, and somebody may have pulled the plug in between.
    return _described(server, authority) if key.public_key() == server.public_key() else None


def use(settings: Settings) -> Settings:
    """Return settings with the certificate of the data folder, for a chat shared by `--lan`.

    One that was given counts more. Raises `ServiceError` for one that is damaged.
    """
    folder = settings.data / FOLDER
    if not settings.lan or settings.tls_cert or not (folder / SERVER).is_file():
        return settings
    if find(settings.data) is None:
        raise ServiceError(
            _("The certificate in {folder} is damaged. Run: python main.py certificate").format(
                folder=folder
            )
        )
    return settings.model_copy(update={"tls_cert": folder / SERVER, "tls_key": folder / SERVER_KEY})


def is_own(settings: Settings) -> bool:
    """Return whether the chat uses the certificate of its data folder."""
    return settings.tls_cert == settings.data / FOLDER / SERVER


def lasts(settings: Settings) -> bool:
    """Return whether browsers may count on HTTPS from now on, whatever is typed.

    Not with a certificate of ours: a host may go back, and at `localhost` are others' pages, too.
    """
    return settings.tls and not is_own(settings)


def authority_file(settings: Settings) -> bytes | None:
    """Return the certificate of the authority, in DER as devices take it, if it is used."""
    if not is_own(settings):
        return None
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    pem = (settings.data / FOLDER / AUTHORITY).read_bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _authority(
    folder: Path, hosts: Collection[str]
) -> "tuple[x509.Certificate, EllipticCurvePrivateKey] | None":
    """Return the authority that is there, if it can vouch for these hosts for long enough."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
        key = load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
        allowed = found.extensions.get_extension_for_class(x509.NameConstraints).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return None
    named = {str(each.value) for each in allowed.permitted_subtrees or ()}
    is_enough = named >= {str(each.value) for each in _subtrees(hosts)}
    is_too_much = not all(may_be_for(name.partition("/")[0]) for name in named)
    lasts = found.not_valid_after_utc > now() + timedelta(days=SERVER_DAYS)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != found.public_key():
        return None
    return (found, key) if is_enough and not is_too_much and lasts else None


def _new_authority(
    hosts: Collection[str],
) -> "tuple[x509.Certificate, EllipticCurvePrivateKey]":
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"{NAME} on {_title(hosts)}")
    constraints = x509.NameConstraints(_subtrees(hosts), None)
    authority = (
        _builder(name, name, key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_for_servers(), critical=False)
        .sign(key, hashes.SHA256())
    )
    return authority, key


def _new_server(
    hosts: Collection[str], authority: "x509.Certificate", authority_key: "EllipticCurvePrivateKey"
) -> "tuple[x509.Certificate, EllipticCurvePrivateKey]":
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    names = [
        x509.IPAddress(address) if (address := _address(host)) else x509.DNSName(host)
        for host in sorted(hosts)
    ]
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    server = (
        _builder(_name(_title(hosts)), authority.subject, key, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(_for_servers(), critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return server, key


def _builder(
    subject: "x509.Name", issuer: "x509.Name", key: "EllipticCurvePrivateKey", days: int
) -> "x509.CertificateBuilder":
    from cryptography import x509

    begin = now().replace(microsecond=0) - CLOCKS_DIFFER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        **dict.fromkeys(
            (
                *("content_commitment", "key_encipherment", "data_encipherment"),
                *("key_agreement", "encipher_only", "decipher_only"),
            ),
            False,
        ),
    )


def _for_servers() -> "x509.ExtendedKeyUsage":
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def _name(common: str) -> "x509.Name":
    from cryptography import x509

    # At most 64 characters (RFC 5280, appendix A.1).
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common[:64])])


def _title(hosts: Collection[str]) -> str:
    """Return the host that people know best."""
    named = sorted(host for host in set(hosts) - host_names.LOOPBACK if not _address(host))
    return next((host for host in named if host.endswith(".local")), (*named, "localhost")[0])


def _subtrees(hosts: Collection[str]) -> "list[x509.DNSName | x509.IPAddress]":
    from cryptography import x509

    return [
        x509.IPAddress(ipaddress.ip_network(address))
        if (address := _address(host))
        else x509.DNSName(host)
        for host in sorted(hosts)
    ]


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _described(
    server: "x509.Certificate", authority: "x509.Certificate", *, is_new_authority: bool = False
) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    named = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = [
        *named.get_values_for_type(x509.DNSName),
        *map(str, named.get_values_for_type(x509.IPAddress)),
    ]
    fingerprint = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(frozenset(hosts), server.not_valid_after_utc, fingerprint, is_new_authority)


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _pem_of_key(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
