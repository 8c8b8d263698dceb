"""Mentions: who is named is found, who is outside is not told, and nobody calls who may not."""

import pytest
from sqlmodel import Session

from models import Block
from services import database, memberships, mentions, rooms
from services.mentions import Named
from services.refusal import Refused
from services.views import Viewer
from tests.conftest import person
from tests.counting import statements


async def named(viewer: Viewer, room: int, text: str) -> Named:
    """Return whom a text names that this person writes."""

    def look(session: Session) -> Named:
        return mentions.find(session, *rooms.find(session, viewer.user_id, room), text)

    return await database.read(look)


async def test_a_member_is_named_by_their_username(people) -> None:
    found = await named(people.asha, people.room, "Look, @Ben, and `@asha`")
    assert found == Named({"ben": people.ben.user_id}, (people.ben.user_id,))


async def test_who_names_themselves_is_not_told(people) -> None:
    found = await named(people.ben, people.room, "@ben was here")
    assert found.mentions == {"ben": people.ben.user_id}
    assert found.user_ids == ()


async def test_somebody_outside_is_not_told_and_not_highlighted(people) -> None:
    found = await named(people.ben, people.room, "@chen, @nobody and chen@example.org")
    assert found == Named(outside=("chen",))


async def test_names_of_every_script_are_found(people) -> None:
    for name in ("आशा", "jean-luc", "a.b.c", "李明"):
        await person(name)
        await memberships.add(people.asha, people.room, name)
    found = await named(people.ben, people.room, "@आशा, @jean-luc. @a.b.c… 你好@李明你好")
    assert list(found.mentions) == ["आशा", "jean-luc", "a.b.c", "李明"]


async def test_only_moderators_call_everybody(people) -> None:
    for text in ("@room", "hello @here!", "@ROOM."):
        allowed = await named(people.asha, people.room, text)
        assert list(allowed.mentions.values()) == [0]
        assert allowed.user_ids == (None,)
        refused = await named(people.ben, people.room, text)
        assert refused.mentions is None
        assert len(refused.uncalled) == 1


async def test_who_has_blocked_the_author_hears_nothing(people) -> None:
    block = Block(user_id=people.ben.user_id, blocked_id=people.asha.user_id)
    await database.write(lambda session: session.add(block))
    found = await named(people.asha, people.room, "@ben")
    assert found == Named({"ben": people.ben.user_id}, ())


async def test_too_many_names_are_refused(people, monkeypatch) -> None:
    monkeypatch.setattr(mentions, "MOST_NAMED", 1)
    with pytest.raises(Refused, match="Name fewer"):
        await named(people.asha, people.room, "@ben @asha")


async def test_it_costs_one_statement_and_none_without_an_at(people) -> None:
    with statements() as without:
        await named(people.asha, people.room, "nobody here, `@code` and a@example.org")
    with statements() as with_names:
        await named(people.asha, people.room, "@ben @chen @asha @nobody @here")
    assert len(with_names) == len(without) + 1
