"""Names that lead to this machine, and certificates for them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def rebound(name: str) -> Iterator[None]:
    """Have a name resolve to this machine, as an attacker's name server does."""
    resolve = socket.getaddrinfo

    def answer(host, *others, **options):
        return resolve("127.0.0.1" if host in {name, name.encode()} else host, *others, **options)

    socket.getaddrinfo = answer
    try:
        yield
    finally:
        socket.getaddrinfo = resolve


def make_certificate(folder: Path, *names: str) -> Path:
    """Write a certificate for these names, and its key, into one file."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    nobody = x509.Name([])
    made = (
        x509.CertificateBuilder(
            subject_name=nobody, issuer_name=nobody, public_key=key.public_key()
        )
        .serial_number(1)
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(map(x509.DNSName, names)), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(pem) + private)
    return file
