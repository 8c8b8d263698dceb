"""The host names in the certificate of the server itself."""

from functools import cache
from pathlib import Path

from services.core.network import host_names


@cache
def names(certificate: Path) -> frozenset[str]:
    """Return the names and addresses for which a certificate is (RFC 5280 §4.2.1.6), normalised.

    Those with a `*` begin with a dot here: what follows one label (RFC 6125 §6.4.3).
    """
    # Imported on first use: only a server with a certificate needs it.
    from cryptography import x509

    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
        extension = read.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound):
        return frozenset()
    exact = [
        *extension.value.get_values_for_type(x509.DNSName),
        *map(str, extension.value.get_values_for_type(x509.IPAddress)),
    ]
    return frozenset(
        f".{host_names.normalise(name[2:])}"
        if name.startswith("*.")
        else host_names.normalise(name)
        for name in exact
    )


def is_for(certificate: Path, host: str) -> bool:
    """Return whether a certificate is for a normalised host."""
    return not {host, "." + host.partition(".")[2]}.isdisjoint(names(certificate))
