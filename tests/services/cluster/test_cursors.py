"""Up to which message and change of a room the pages of a process have been told."""

from services.cluster.cursors import MOST, Cursors, grouped

ROOM, OTHER = 1, 2


def test_what_is_told_in_order_is_not_missing() -> None:
    cursors = Cursors()
    for seq in (7, 8, 9):
        cursors.note_sent(ROOM, seq)
    assert cursors.missing(ROOM, 9) == []
    assert cursors.missing(ROOM, 11) == [10, 11]


def test_what_is_told_out_of_order_leaves_the_gap_until_it_is_filled() -> None:
    cursors = Cursors()
    for seq in (5, 8, 7):
        cursors.note_sent(ROOM, seq)
    assert cursors.missing(ROOM, 8) == [6]
    assert [seq for seq in range(4, 10) if cursors.is_told(ROOM, seq)] == [5, 7, 8]
    cursors.note_sent(ROOM, 6)
    assert cursors.missing(ROOM, 8) == []
    assert cursors.missing(ROOM, 9) == [9]


def test_what_is_told_twice_or_late_changes_nothing() -> None:
    cursors = Cursors()
    for seq in (5, 6, 6, 5, 3):
        cursors.note_sent(ROOM, seq)
    assert cursors.missing(ROOM, 7) == [7]
    assert cursors.is_told(ROOM, 3)


def test_what_others_stored_as_a_room_began_is_told_once() -> None:
    """Their hints come after an own message, or after a look at the room."""
    cursors = Cursors()
    cursors.note_sent(ROOM, 53)
    assert not cursors.is_told(ROOM, 51)
    cursors.note_sent(ROOM, 51)
    assert cursors.is_told(ROOM, 51)
    assert not cursors.is_told(ROOM, 52)
    assert cursors.is_told(ROOM, 52 - MOST), "as old as that is no news"
    assert cursors.missing(ROOM, 53) == []


def test_a_room_begins_with_what_its_pages_know() -> None:
    cursors = Cursors()
    assert not cursors.is_told(ROOM, 12)
    cursors.begin(ROOM, 11, change=3)
    assert not cursors.is_behind(ROOM, 3)
    assert cursors.missing(ROOM, 12) == [12]
    assert cursors.missing(ROOM, 12) == [12]  # until it is told
    cursors.note_sent(ROOM, 12)
    cursors.begin(ROOM, 5, change=1)  # it is known already
    assert cursors.missing(ROOM, 12) == []


def test_a_room_without_messages_misses_none() -> None:
    cursors = Cursors()
    cursors.begin(ROOM, -1, change=0)
    assert cursors.missing(ROOM, 0) == []
    assert cursors.missing(ROOM, 1) == [1]


def test_of_very_many_only_the_last_are_missing() -> None:
    cursors = Cursors()
    cursors.note_sent(ROOM, 1)
    cursors.note_sent(ROOM, 90)
    assert cursors.missing(ROOM, 100) == [*range(51, 90), *range(91, 101)]
    assert len(cursors.missing(ROOM, 1_000_000)) == MOST
    assert cursors.missing(ROOM, 1_000_000)[-1] == 1_000_000
    assert cursors.is_told(ROOM, 60)  # the pages notice the gap, and ask


def test_changes_only_advance() -> None:
    cursors = Cursors()
    cursors.begin(ROOM, 3, change=3)
    assert cursors.is_behind(ROOM, 4)
    cursors.note_change(ROOM, 4)
    cursors.note_change(ROOM, 2)
    assert not cursors.is_behind(ROOM, 4)
    assert cursors.is_behind(ROOM, 5)


def test_a_change_of_a_room_that_is_not_followed_is_not_kept() -> None:
    cursors = Cursors()
    cursors.note_change(ROOM, 4)
    cursors.begin(ROOM, 3, change=3)
    assert cursors.is_behind(ROOM, 4)


def test_a_room_that_nobody_follows_any_more_begins_anew() -> None:
    cursors = Cursors()
    for room_id in (ROOM, OTHER):
        cursors.note_sent(room_id, 5)
    cursors.keep({OTHER})
    assert not cursors.is_told(ROOM, 5)
    assert cursors.is_told(OTHER, 5)
    cursors.begin(ROOM, 8, change=0)
    assert cursors.missing(ROOM, 9) == [9]
    assert cursors.missing(OTHER, 9) == [6, 7, 8, 9]


def test_pairs_are_grouped_by_room() -> None:
    assert grouped([(ROOM, 3), (OTHER, 1), (ROOM, 4), (ROOM, 3)]) == {ROOM: {3, 4}, OTHER: {1}}
