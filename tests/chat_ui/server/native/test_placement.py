"""Where the window opens: where it was, if that is still on a screen."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from chat_ui.server.native import placement
from chat_ui.server.native.placement import Placement


@dataclass
class Screen:
    """One of the desktop's."""

    x: int
    y: int
    width: int
    height: int


LEFT, RIGHT = Screen(0, 0, 1920, 1080), Screen(1920, 0, 1280, 1024)


def test_what_is_stored_is_read(tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    assert placement.read(file) is None
    placement.store(file, Placement(900, 640, -8, 12))
    assert placement.read(file) == Placement(900, 640, -8, 12)
    assert [each.name for each in tmp_path.iterdir()] == ["place.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"width": "wide"}', b"\xff", b"[1, 2, 3, 4]"])
def test_what_cannot_be_read_is_as_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "place.json").write_bytes(content)
    assert placement.read(tmp_path / "place.json") is None


@pytest.mark.parametrize(
    ("stored", "fitting"),
    [
        (Placement(900, 640, 100, 50), Placement(900, 640, 100, 50)),
        (Placement(900, 640, 2000, 50), Placement(900, 640, 2000, 50)),
        (Placement(900, 640, -800, 50), Placement(900, 640, -800, 50)),
        (Placement(9000, 9, 1900, 0), Placement(1280, 320, 1900, 0)),
        (Placement(900, 640, -850, 50), None),
        (Placement(900, 640, 4000, 50), None),
        (Placement(900, 640, 100, -50), None),
        (Placement(900, 640, 100, 1070), None),
    ],
)
def test_it_can_be_moved_where_it_opens(stored: Placement, fitting: Placement | None) -> None:
    assert placement.fitting(stored, [LEFT, RIGHT]) == fitting
