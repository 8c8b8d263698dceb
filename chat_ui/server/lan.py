"""The address of this machine on its network."""

import socket
import sys

from services.core.settings import Settings, bracketed


def address_for_others(settings: Settings) -> str:
    """Return the chat's address as other machines see it."""
    scheme = "https" if settings.tls else "http"
    return f"{scheme}://{bracketed(_own_address())}:{settings.port}"


def print_qr_code(address: str) -> None:
    """Print the address as a QR code for phones, if the terminal can show one."""
    try:
        "█▀▄".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    import segno  # only here: a start need not wait for it

    segno.make(address).terminal(compact=True)


def _own_address() -> str:
    """Return this machine's address on its network, without sending anything.

    Connecting a UDP socket only asks the system for the route (192.0.2.1 is reserved for
    documentation, RFC 5737).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
