"""The connection goes and comes back, and so does the server: nothing is lost, nothing doubled."""

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.connection import Line
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.conftest import NewFolder
from tests.server import Server

NUMBERS = count(1)


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    with Line(server.port) as made:
        yield made


@pytest.fixture
def far(enter: Enter, line: Line, complaints: Complaints, room: int) -> Person:
    """asha in the room, at the other end of the line."""
    complaints.expect(*NO_CONNECTION)
    return enter("asha", address=line.address).open(room)


def test_what_was_missed_comes_in_order_and_what_waited_is_sent_once(
    far: Person, ben: Person, line: Line, room: int
) -> None:
    ben.open(room).say("before")
    far.sees("before")
    far.mark()
    expect(far.connection).to_be_hidden()
    line.cut()
    expect(far.connection).to_be_visible()
    expect(far.connection).to_contain_text("Connection lost")
    far.composer.press_sequentially("typed offline")
    expect(far.composer).to_have_value("typed offline")
    far.composer.press("Enter")
    expect(far.message("typed offline")).to_have_attribute("data-state", "sending")
    far.composer.fill("half a sent")
    missed = [f"missed {n}" for n in range(30)]
    ben.send(room, *missed)
    ben.sees(missed[-1])
    line.mend()
    expect(far.connection).to_be_hidden()
    ben.sees("typed offline")
    far.until_stored("typed offline")
    said = ["before", *missed, "typed offline"]
    assert far.texts() == ben.texts() == said
    assert [each.seq for each in far.shown()] == list(range(1, len(said) + 1))
    expect(far.composer).to_have_value("half a sent")
    assert far.is_same_page()
    far.composer.fill("")


def test_a_message_whose_answer_was_lost_is_there_once(
    far: Person, ben: Person, line: Line, room: int
) -> None:
    ben.open(room)
    line.lose_answers()
    far.write("did you get this?")
    ben.sees("did you get this?")
    expect(far.message("did you get this?")).to_have_attribute("data-state", "sending")
    line.cut()
    expect(far.connection).to_be_visible()
    line.mend()
    far.until_stored("did you get this?")
    ben.say("yes")
    far.sees("yes")
    assert far.texts() == ben.texts() == ["did you get this?", "yes"]


@pytest.mark.long  # a further number of waiting messages
def test_several_waiting_messages_keep_their_order(
    far: Person, ben: Person, line: Line, room: int
) -> None:
    ben.open(room)
    line.cut()
    expect(far.connection).to_be_visible()
    waiting = [f"waiting {n}" for n in range(5)]
    for text in waiting:
        far.write(text)
    line.mend()
    expect(far.mine).to_have_count(5)
    ben.sees(*waiting)
    assert far.texts() == ben.texts() == waiting


@pytest.mark.long  # a further number of messages that were missed
def test_a_room_that_was_missed_for_long_starts_again_from_its_newest_page(
    far: Person, line: Line, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, ["old"], author="ben")
    far.reload().sees("old")
    line.cut()
    expect(far.connection).to_be_visible()
    stored.put_messages(server.data, room, [f"m{n}" for n in range(600)], author="ben")
    line.mend()
    far.sees("m599")
    shown = [each.seq for each in far.shown()]
    assert shown == list(range(shown[0], 602))


def test_messages_that_were_never_pushed_are_there_with_the_next_one(
    far: Person, ben: Person, room: int, server: Server
) -> None:
    """As from another process. A page of an empty room, and one that misses many, start again."""
    ben.open(room)
    far.mark()
    stored.put_messages(server.data, room, ["unseen"], author="asha")
    ben.say("and you?")
    far.sees("unseen", "and you?")
    stored.put_messages(server.data, room, [f"m{n}" for n in range(600)], author="ben")
    ben.say("all there?")
    far.sees("m599", "all there?")
    shown = [each.seq for each in far.shown()]
    assert shown == list(range(shown[0], 604))
    assert far.is_same_page()


def test_a_message_that_comes_very_late_leaves_no_gap(
    far: Person, room: int, server: Server
) -> None:
    """It is older than the first that is shown, and comes with those before that."""
    stored.put_messages(server.data, room, [f"m{n}" for n in range(70)], author="ben")
    stored.mark_read(server.data, room, "asha", 70)
    far.reload().sees("m69")
    before = [each.seq for each in far.shown()]
    far.page.evaluate(
        """room => {
          const message = document.querySelector("article[data-seq]").cloneNode(true);
          message.dataset.seq = 5;
          const fields = { room, how: "live", html: message.outerHTML, crowd: 0 };
          window.socket.onevent({ data: ["chat_messages", fields] });
        }""",
        room,
    )
    assert [each.seq for each in far.shown()] == before


@pytest.mark.long  # a further detail
def test_moving_to_another_room_while_offline_loses_nothing(
    far: Person, line: Line, room: int
) -> None:
    line.cut()
    expect(far.connection).to_be_visible()
    far.composer.fill("draft")
    far.page.locator("[data-testid=room-list] a").first.click()
    expect(far.composer).to_have_value("draft")
    line.mend()
    expect(far.connection).to_be_hidden()
    assert far.room_id() == room
    far.composer.fill("")


# -- the server itself ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_server(new_folder: NewFolder, browser: Browser) -> Iterator[Server]:
    """A server that tests may stop; they start it again."""
    with Server(new_folder()) as started:
        yield started


@pytest.fixture
def pair(own_server: Server, enter: Enter, complaints: Complaints) -> tuple[Person, Person, int]:
    """asha and ben in a room of a server that may be stopped."""
    complaints.expect(*NO_CONNECTION)
    names = [f"{name}{next(NUMBERS)}" for name in ("asha", "ben")]
    asha, ben = (enter(name, address=own_server.address, new=True).sign_up() for name in names)
    room = stored.make_room(own_server.data, "Study group", names)
    return asha.open(room), ben.open(room), room


@pytest.mark.long  # the server of the test below starts again, too
def test_history_outlives_a_restart(own_server: Server, pair: tuple[Person, Person, int]) -> None:
    asha, ben, _room = pair
    asha.say("still here?")
    ben.say("still here.")
    assert own_server.stop() == 0
    expect(asha.connection).to_be_visible()
    own_server.start()
    for person in (asha, ben):
        expect(person.connection).to_be_hidden()
        person.reload()
        assert person.texts() == ["still here?", "still here."]


def test_a_killed_server_takes_no_draft_and_no_waiting_message_with_it(
    own_server: Server, pair: tuple[Person, Person, int]
) -> None:
    asha, ben, room = pair
    asha.say("before")
    ben.sees("before")
    own_server.kill()
    expect(asha.connection).to_be_visible()
    asha.write("waiting")
    expect(asha.message("waiting")).to_have_attribute("data-state", "sending")
    asha.composer.fill("half typed")
    own_server.start()
    expect(asha.message("waiting")).to_have_attribute("data-state", "sent", timeout=30_000)
    expect(asha.connection).to_be_hidden()
    assert asha.room_id() == room
    expect(asha.composer).to_have_value("half typed")
    ben.sees("waiting")
    asha.say("after")
    ben.sees("after")
    said = ["before", "waiting", "after"]
    assert asha.texts() == ben.texts() == stored.texts(own_server.data, room) == said
