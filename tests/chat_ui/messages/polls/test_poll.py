"""How a poll is drawn: the share of each answer, and the faces of those who chose it."""

import re

import pytest

from chat_ui.messages.polls import poll
from services.core.dto import OptionView, PollView, UserSummary

FACES = (UserSummary(7, "asha", "Asha Rao", 120, ""),)


def draw(*votes: int, voters: int, faces: tuple[UserSummary, ...] = ()) -> str:
    options = tuple(
        OptionView(number, "Red", many, (), faces) for number, many in enumerate(votes, 1)
    )
    return str(poll.draw(PollView(False, False, None, options, voters), 1))


@pytest.mark.parametrize(
    ("votes", "voters", "shares"),
    [
        ((0, 0, 0), 0, [0, 0, 0]),
        ((3, 1, 0), 4, [75, 25, 0]),
        ((1, 3, 4), 8, [12, 38, 50]),
        ((2, 3), 3, [67, 100]),  # several answers each: of those who voted
    ],
)
def test_what_is_read_and_what_is_filled_are_the_same_share(votes, voters, shares) -> None:
    drawn = draw(*votes, voters=voters)
    assert [
        int(each) for each in re.findall(r'class="percent" data-figure="(\d+)"', drawn)
    ] == shares
    assert [int(each) for each in re.findall(r"--share: (\d+)%", drawn)] == shares


def test_faces_are_drawn_only_where_there_are_some() -> None:
    assert "avatar" in draw(1, 0, voters=1, faces=FACES)
    assert "avatar" not in draw(1, 0, voters=1)
