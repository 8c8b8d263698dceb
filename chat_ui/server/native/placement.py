"""Where the window is and how large, from one start to the next."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import msgspec

from services.core.disk import atomic_file

LEAST_WIDTH, LEAST_HEIGHT = 360, 320
"""In pixels of the desktop."""
VISIBLE = 80
"""Pixels of its upper edge that must be on a screen, for the window to be moved with."""


class Screen(Protocol):
    """What is needed of pywebview's `Screen`."""

    x: int
    y: int
    width: int
    height: int


class Placement(msgspec.Struct, frozen=True):
    """The size and the upper left corner of a window, in pixels of the desktop."""

    width: int
    height: int
    x: int
    y: int


def read(file: Path) -> Placement | None:
    """Return what was stored, or None if nothing was, or nothing that can be used."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Placement)
    except (OSError, msgspec.DecodeError):
        return None


def store(file: Path, placement: Placement) -> None:
    """Store it, for the next start."""
    atomic_file.write(file, msgspec.json.encode(placement))


def fitting(placement: Placement, screens: Iterable[Screen]) -> Placement | None:
    """Return it as it fits on the screens of today, or None if it is on none of them."""
    for screen in screens:
        is_beside = placement.x + placement.width - VISIBLE < screen.x
        is_beside |= placement.x + VISIBLE > screen.x + screen.width
        if is_beside or not screen.y <= placement.y <= screen.y + screen.height - VISIBLE:
            continue
        width = min(max(placement.width, LEAST_WIDTH), screen.width)
        height = min(max(placement.height, LEAST_HEIGHT), screen.height)
        return Placement(width, height, placement.x, placement.y)
    return None
