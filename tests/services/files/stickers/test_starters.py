"""The stickers that a chat begins with."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from services.core import app_context, i18n
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound
from services.db import database
from services.files import check, forwarding, orphans, quotas, usage
from services.files.stickers import making, starters, stickers
from services.files.stickers.starter_facts import FACTS
from services.files.stickers.sticker_limits import MAX_BYTES, MAX_SIDE
from services.files.stickers.stickers import StickerView
from services.messages import edits, summary
from tests import postgres, upload_client
from tests.conftest import People
from tests.services.files.test_avatars import used
from tests.services.files.test_uploads import set_limits
from tests.upload_client import file_sizes, new_message_id


async def offered(viewer: CurrentUser) -> dict[str, StickerView]:
    """Return those that somebody is offered, by name."""
    return {each.name: each for each in (await stickers.offered(viewer)).starting if each.is_shared}


async def send(viewer: CurrentUser, room: int, name: str = "Coffee") -> int:
    """Send the one of this name; return the `seq` of its message."""
    number = (await offered(viewer))[name].sticker_id
    message, _new = await stickers.send(viewer, room, number, new_message_id())
    return message.seq


def test_the_files_are_what_is_known_of_them() -> None:
    assert {each.key for each in starters.STARTERS} == set(FACTS)
    assert len(list(starters.FOLDER.iterdir())) == len(FACTS) == 32
    drawings = Path("docs/stickers")
    for each in starters.STARTERS:
        content = each.path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == each.hash, each.key
        assert len(content) == each.size < MAX_BYTES / 10
        with Image.open(each.path) as picture:
            assert (picture.format, picture.mode, picture.size) == (
                "WEBP",
                "RGBA",
                (MAX_SIDE, MAX_SIDE),
            )
        assert (drawings / f"{each.key}.svg").is_file()


async def test_a_new_chat_offers_them_to_everybody_and_stores_nothing(people: People) -> None:
    found = (await stickers.offered(people.chen)).starting
    assert len(found) == len({each.name for each in found}) == 32
    assert all(each.is_shared and not each.is_mine for each in found)
    assert await upload_client.stored_files() == set()
    for each in found[:2]:
        assert (await stickers.find(people.chen, each.sticker_id, each.hash)).is_file()  # type: ignore[union-attr]
        with pytest.raises(NotFound):
            await stickers.find(people.chen, each.sticker_id, "0" * 64)


async def test_each_is_found_in_every_language(people: People) -> None:
    words = (await offered(people.ben))["Coffee"].words
    assert all(each in words for each in ("Coffee", "tea", "चाय", "कॉफ़ी", "चहा", "कॉफी"))
    i18n.set_language("hi")
    try:
        assert "कॉफ़ी" in await offered(people.ben)
    finally:
        i18n.set_language("en")


async def test_one_is_sent_as_all_stickers_are(people: People) -> None:
    number = (await offered(people.ben))["Coffee"].sticker_id
    key = new_message_id()
    message, is_new = await stickers.send(people.ben, people.room, number, key)
    assert is_new
    assert message.file
    assert (message.file.name, message.file.kind) == ("Coffee", "sticker")
    assert (message.file.width, message.file.height) == (MAX_SIDE, MAX_SIDE)
    assert summary.of(message).kind == "sticker"
    again, is_new = await stickers.send(people.ben, people.room, number, key)
    assert (again.seq, is_new) == (message.seq, False)
    other = await forwarding.forward(
        people.asha, people.room, message.seq, to_room=1, client_message_id=new_message_id()
    )
    assert other.file
    assert other.file.name == "Coffee"
    await making.save_from_message(people.asha, people.room, message.seq, "mine")
    [mine] = (await stickers.offered(people.asha)).kept
    assert (mine.name, mine.is_mine) == ("mine", True)


async def test_nobodys_quota_is_used(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    await upload_client.send(people.ben, people.room, b"x" * 990)
    set_limits(monkeypatch, files_per_person=1000, files_total=100_000)
    seq = await send(people.ben, people.room)
    await making.save_from_message(people.ben, people.room, seq, "mine")
    assert await used(people.ben) == 990
    [listed] = (await usage.usage(people.asha)).largest
    assert listed.size == 990
    assert (await database.read(quotas.stored))[1] > 10_000  # the disk has it


async def test_its_file_is_stored_while_a_message_has_it(people: People) -> None:
    data = app_context.current().settings.data
    digest = (await offered(people.ben))["Coffee"].hash
    first, second = await send(people.ben, people.room), await send(people.asha, people.room)
    await orphans.collect()
    assert set(file_sizes(data)) == {digest}
    await edits.delete(people.ben, people.room, first)
    await orphans.collect()
    assert set(file_sizes(data)) == {digest}
    await edits.delete(people.asha, people.room, second)
    await orphans.collect()
    assert set(file_sizes(data)) == set()
    await send(people.ben, people.room)
    assert set(file_sizes(data)) == {digest}


@postgres.sqlite_only
async def test_a_check_finds_nothing_wrong_with_what_was_sent(people: People) -> None:
    await send(people.ben, people.room)
    data = app_context.current().settings.data
    assert list(check.Check(data, contents=True).run()) == []


async def test_administrators_hide_one_and_offer_it_again(people: People) -> None:
    number = (await offered(people.ben))["Coffee"].sticker_id
    with pytest.raises(Forbidden):
        await stickers.share(people.ben, number, with_everyone=False)
    for _each in range(2):
        await stickers.share(people.asha, number, with_everyone=False)
    assert "Coffee" not in await offered(people.ben)
    assert len((await stickers.offered(people.ben)).starting) == 31
    assert not {e.name: e for e in (await stickers.offered(people.asha)).starting}[
        "Coffee"
    ].is_shared
    with pytest.raises(NotFound):
        await stickers.send(people.ben, people.room, number, new_message_id())
    await stickers.share(people.asha, number, with_everyone=True)
    assert await send(people.ben, people.room)


async def test_what_administrators_remove_is_gone_for_good(people: People) -> None:
    seq = await send(people.ben, people.room)
    number = (await offered(people.ben))["Coffee"].sticker_id
    with pytest.raises(Forbidden):
        await stickers.remove(people.ben, number)
    await stickers.remove(people.asha, number)
    assert "Coffee" not in {each.name for each in (await stickers.offered(people.asha)).starting}
    with pytest.raises(NotFound):
        await stickers.share(people.asha, number, with_everyone=True)
    with pytest.raises(NotFound):
        await stickers.send(people.asha, people.room, number, new_message_id())
    await making.save_from_message(people.ben, people.room, seq, "kept")  # the message stays
