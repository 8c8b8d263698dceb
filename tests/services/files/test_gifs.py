"""Finding pictures that move among those sent in one's rooms, and sending one again."""

import pytest

from services.accounts import blocks
from services.core.errors import NotFound, ServiceError
from services.files import gifs
from services.messages import edits
from services.rooms.members import memberships
from tests import query_counter, upload_client
from tests.conftest import People
from tests.services.files.stickers.test_stickers import picture
from tests.services.files.test_avatars import used
from tests.services.files.test_uploads import set_limits
from tests.upload_client import new_message_id

BALL = picture("red", "blue", kind="GIF")
DANCE = picture("lime", "navy", kind="GIF")


async def names(people: People, viewer: str, typed: object = "") -> list[str]:
    """Return the names of what somebody finds."""
    return [each.name for each in await gifs.find(getattr(people, viewer), typed)]


async def test_they_are_found_in_ones_rooms_the_newest_first_each_once(people: People) -> None:
    for name, data in (("ball.gif", BALL), ("dance.gif", DANCE), ("again.gif", BALL)):
        await upload_client.send(people.asha, people.room, data, name=name)
    await upload_client.send(people.asha, people.room, picture("red"), name="still.png")
    assert await names(people, "ben") == ["again.gif", "dance.gif"]
    assert await names(people, "chen") == []


async def test_one_query_finds_them_by_the_index(people: People) -> None:
    await upload_client.send(people.asha, people.room, BALL, name="ball.gif")
    await gifs.find(people.ben)
    with query_counter.statements() as asked:
        assert await names(people, "ben", "ball") == ["ball.gif"]
    assert len(asked) == 1


async def test_words_of_the_name_and_of_the_text_find_them(people: People) -> None:
    await upload_client.send(people.asha, people.room, BALL, name="Red_Ball.gif", text="So happy")
    await upload_client.send(people.asha, people.room, DANCE, name="dance.gif", text="नाच रहे हैं")
    assert await names(people, "ben", "ball") == ["Red_Ball.gif"]
    assert await names(people, "ben", "HAPPY  red") == ["Red_Ball.gif"]
    assert await names(people, "ben", "नाच") == ["dance.gif"]
    assert await names(people, "ben", "happy dance") == []
    assert await names(people, "ben", "%") == []
    assert len(await names(people, "ben", 5)) == 2
    assert await names(people, "ben", "x" * 100_000) == []


async def test_what_is_deleted_left_or_of_somebody_blocked_is_not_found(people: People) -> None:
    first = await upload_client.send(people.asha, people.room, BALL, name="ball.gif")
    assert await names(people, "ben") == ["ball.gif"]
    await blocks.block(people.ben, "asha")
    assert await names(people, "ben") == []
    await blocks.unblock(people.ben, "asha")
    await edits.delete(people.asha, people.room, first.seq)
    assert await names(people, "ben") == []
    await upload_client.send(people.asha, people.room, DANCE, name="dance.gif")
    assert await names(people, "ben") == ["dance.gif"]
    await memberships.leave(people.ben, people.room)
    assert await names(people, "ben") == []


async def test_one_is_sent_again_with_a_file_of_its_own(people: People) -> None:
    source = await upload_client.send(
        people.asha, people.room, BALL, name="ball.gif", text="secret caption"
    )
    key, found_in = new_message_id(), (people.room, source.seq)
    sent, is_new = await gifs.send(people.ben, 1, found_in, key)
    assert is_new
    assert sent.file
    assert (sent.text, sent.file.name, sent.file.is_animated) == ("", "ball.gif", True)
    assert (sent.author.username, sent.is_forwarded) == ("ben", False)
    again, is_new = await gifs.send(people.ben, 1, found_in, key)
    assert (again.seq, is_new) == (sent.seq, False)
    assert await used(people.ben) == len(BALL)
    await edits.delete(people.asha, people.room, source.seq)
    assert await names(people, "chen") == ["ball.gif"]  # the Lobby has it now


async def test_what_one_may_not_see_or_does_not_move_is_not_sent(people: People) -> None:
    source = await upload_client.send(people.asha, people.room, BALL, name="ball.gif")
    still = await upload_client.send(people.asha, people.room, picture("red"), name="still.png")
    with pytest.raises(NotFound):
        await gifs.send(people.chen, 1, (people.room, source.seq), new_message_id())
    with pytest.raises(NotFound):
        await gifs.send(people.ben, 1, (people.room, still.seq), new_message_id())
    with pytest.raises(NotFound):
        await gifs.send(people.ben, 1, (people.room, 2**52), new_message_id())
    with pytest.raises(NotFound):
        await gifs.send(people.chen, people.room, (1, 1), new_message_id())


async def test_it_needs_space_in_the_quota(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    source = await upload_client.send(people.asha, people.room, BALL, name="ball.gif")
    set_limits(monkeypatch, files_per_person=len(BALL) - 1, files_total=10**6)
    with pytest.raises(ServiceError, match="Your files use"):
        await gifs.send(people.ben, people.room, (people.room, source.seq), new_message_id())
