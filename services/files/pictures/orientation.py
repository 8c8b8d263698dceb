"""How a picture has to be turned, in Exif data."""


def read(exif: bytes) -> int:
    """Return the orientation in Exif data, from 1 to 8; 1 without a valid one (TIFF 6.0 §2)."""
    tiff = exif.removeprefix(b"Exif\0\0")
    if tiff[:4] not in (b"II*\0", b"MM\0*"):
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if tiff[:1] == b"I" else "big")

    first = number(4, 4) + 2
    for at in range(first, first + 12 * number(first - 2, 2), 12):
        if number(at, 2) == 0x0112:
            return found if (found := number(at + 8, 2)) in range(1, 9) else 1
    return 1


def exif(orientation: int) -> bytes:
    """Return Exif data with nothing but the orientation."""
    return b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0%c\0\0\0\0\0\0" % orientation
