"""A file in the encodings that browsers take, each made once: gzip at once, Brotli when there is time.

Brotli (RFC 7932) saves a further tenth, and browsers take it over HTTPS and from this machine. It
takes ten times as long to make, so who asks first gets gzip.
"""

import gzip
import threading

BROTLI_QUALITY = 10
"""Of 0 to 11. The last step saves 2 % more, and takes twice as long."""

_one_at_a_time = threading.Lock()


class Encoded:
    """A file, compressed."""

    def __init__(self, plain: bytes | bytearray) -> None:
        """Compress it with gzip, which takes a thread 20 ms for half a megabyte."""
        self._gzip = gzip.compress(plain, mtime=0)
        self._brotli = b""
        self._is_brotli_asked_for = False

    @property
    def size(self) -> int:
        """The bytes of gzip; Brotli is smaller."""
        return len(self._gzip)

    def best(self, accepted: str) -> tuple[str, bytes] | None:
        """Return the smallest that a browser takes, with the name of its encoding.

        `accepted` is its header Accept-Encoding. None when it takes neither.
        """
        if takes(accepted, "br"):
            if self._brotli:
                return "br", self._brotli
            if not self._is_brotli_asked_for:
                self._is_brotli_asked_for = True
                # A daemon: a server that stops does not wait for it.
                threading.Thread(target=self._make_brotli, name="brotli", daemon=True).start()
        return ("gzip", self._gzip) if takes(accepted, "gzip") else None

    def _make_brotli(self) -> None:
        import brotli  # when it is needed: over HTTP, nobody asks for it

        with _one_at_a_time:
            self._brotli = brotli.compress(gzip.decompress(self._gzip), quality=BROTLI_QUALITY)


def takes(accepted: str, encoding: str) -> bool:
    """Return whether the header Accept-Encoding names an encoding (RFC 9110 §12.5.3)."""
    for each in accepted.split(","):
        name, _, weight = each.partition(";")
        if name.strip().lower() == encoding:
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
