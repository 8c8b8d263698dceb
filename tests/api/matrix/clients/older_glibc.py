"""Have a library that was built for glibc 2.38 load with an older one, for tests only.

It needs two functions of that version, which read numbers as C23 has them, such as `0b1`. They get
the names of those that every version has, and the library no longer asks for the version.
"""

import struct
from pathlib import Path

OLDER = {b"__isoc23_strtol\0": b"strtol\0", b"__isoc23_sscanf\0": b"sscanf\0"}
STRINGS, SYMBOLS, VERSIONS, NEEDED = 3, 11, 0x6FFFFFFF, 0x6FFFFFFE
"""Kinds of sections of an ELF file."""
ANY_VERSION = 1
SYMBOL_SIZE = 24


def lower(file: Path) -> None:
    """Change a library so that it loads."""
    data = bytearray(file.read_bytes())
    sections = _sections(data)
    symbols, size, link = sections[SYMBOLS]
    strings = _at(data, link)
    for number in range(size // SYMBOL_SIZE):
        (name,) = struct.unpack_from("<I", data, symbols + number * SYMBOL_SIZE)
        for newer, older in OLDER.items():
            if data.startswith(newer, strings + name):
                data[strings + name : strings + name + len(older)] = older
                struct.pack_into("<H", data, sections[VERSIONS][0] + 2 * number, ANY_VERSION)
    _need_older(data, sections[NEEDED][0], strings)
    file.write_bytes(data)


def _need_older(data: bytearray, at: int, strings: int) -> None:
    """Replace each version that is needed and that an older glibc lacks by one that it has."""
    while True:
        _version, count, _file, aux, following = struct.unpack_from("<HHIII", data, at)
        parts = [at + aux]
        for _part in range(count - 1):
            parts.append(parts[-1] + struct.unpack_from("<I", data, parts[-1] + 12)[0])
        names = {each: _text(data, strings, each) for each in parts}
        older = [each for each, name in names.items() if name == b"GLIBC_2.34"]
        for each in [each for each, name in names.items() if name == b"GLIBC_2.38"]:
            data[each : each + 4] = data[older[0] : older[0] + 4]
            data[each + 8 : each + 12] = data[older[0] + 8 : older[0] + 12]
        if not following:
            return
        at += following


def _text(data: bytearray, strings: int, part: int) -> bytes:
    start = strings + struct.unpack_from("<I", data, part + 8)[0]
    return bytes(data[start : data.index(0, start)])


def _sections(data: bytearray) -> dict[int, tuple[int, int, int]]:
    """Return place, size and number of the linked section, by kind of section."""
    start, size, number = _header(data)
    found = {}
    for at in range(start, start + size * number, size):
        (kind,) = struct.unpack_from("<I", data, at + 4)
        place, length, link = struct.unpack_from("<QQI", data, at + 0x18)
        found[kind] = place, length, link
    return found


def _at(data: bytearray, section: int) -> int:
    start, size, _number = _header(data)
    place: int = struct.unpack_from("<Q", data, start + section * size + 0x18)[0]
    return place


def _header(data: bytearray) -> tuple[int, int, int]:
    (start,) = struct.unpack_from("<Q", data, 0x28)
    size, number = struct.unpack_from("<HH", data, 0x3A)
    return start, size, number
