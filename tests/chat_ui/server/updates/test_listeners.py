"""How long messages are gathered for the next frame."""

import pytest

from chat_ui.realtime import push
from chat_ui.server.updates import listeners


@pytest.mark.parametrize(
    ("viewers", "seconds"), [(0, 0), (10, 0.002), (100, 0.02), (250, 0.05), (2_000, 0.05)]
)
def test_the_fuller_the_room_the_longer_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch, viewers: int, seconds: float
) -> None:
    monkeypatch.setattr(push, "viewers", lambda _room: viewers)
    assert listeners._pause(1) == pytest.approx(seconds)
