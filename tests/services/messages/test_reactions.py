"""Reactions: each emoji once for each user, limited in number, for members only."""

import asyncio

import pytest
from sqlmodel import Session, func, select

from models import Reaction
from services.core import events
from services.core.dto import ReactionView
from services.core.errors import Forbidden, NotFound, RateLimited, ServiceError
from services.db import database
from services.messages import edits, history, messages, reactions
from services.messages.emoji import emoji
from services.rooms import settings
from services.rooms.members import memberships
from tests.query_counter import statements


@pytest.fixture
async def seq(people) -> int:
    """A message of asha's to react to."""
    sent, _new = await messages.send(people.asha, people.room, "Tea?", "message-1")
    return sent.seq


async def shown(people) -> tuple[ReactionView, ...]:
    """Return the reactions of the first message as members see them."""
    page = await history.since(people.asha, people.room, history.ShownRange())
    return page.messages[0].reactions


async def stored() -> int:
    return await database.read(
        lambda session: session.exec(select(func.count()).select_from(Reaction)).one()
    )


async def test_members_see_who_reacted(people, seq, published) -> None:
    await reactions.add(people.ben, people.room, seq, "👍")
    await reactions.add(people.asha, people.room, seq, "❤")
    await reactions.add(people.asha, people.room, seq, "👍")
    ben, asha = people.ben.user_id, people.asha.user_id
    assert await shown(people) == (ReactionView("👍", (ben, asha)), ReactionView("❤️", (asha,)))
    who = await reactions.who(people.ben, people.room, seq)
    assert [(each.emoji, [person.username for person in each.people]) for each in who] == [
        ("👍", ["ben", "asha"]),
        ("❤️", ["asha"]),
    ]
    assert published == [events.MessageChanged(people.room, number) for number in (1, 2, 3)]


async def test_repeating_a_reaction_changes_and_publishes_nothing(people, seq, published) -> None:
    for _again in range(3):
        await reactions.add(people.ben, people.room, seq, "👍")
    await asyncio.gather(*[reactions.add(people.ben, people.room, seq, "👍") for _ in range(5)])
    assert await shown(people) == (ReactionView("👍", (people.ben.user_id,)),)
    for _again in range(3):
        await reactions.remove(people.ben, people.room, seq, "👍")
    assert await shown(people) == ()
    assert published == [events.MessageChanged(people.room, number) for number in (1, 2)]


async def test_reactions_of_others_cannot_be_removed(people, seq) -> None:
    await reactions.add(people.ben, people.room, seq, "👍")
    await reactions.remove(people.asha, people.room, seq, "👍")
    assert await shown(people) == (ReactionView("👍", (people.ben.user_id,)),)


@pytest.mark.parametrize("value", ["x" * 1000, "😀" * 1000, "ok", "", "👍👍", None, 3, ["👍"]])
async def test_anything_but_a_single_emoji_is_refused(people, seq, value, published) -> None:
    for change in (reactions.add, reactions.remove):
        with pytest.raises(ServiceError) as refused:
            await change(people.ben, people.room, seq, value)
        assert refused.value.message == "A reaction is one emoji. Choose one from the list."
    assert (await stored(), published) == (0, [])


async def test_the_number_of_different_reactions_is_limited(people, seq) -> None:
    signs = [each.sign for group in emoji.catalog("en").values() for each in group][:500]
    refusals = set()
    for number, sign in enumerate(signs):
        person = people.ben if number % 2 else people.asha
        try:
            await reactions.add(person, people.room, seq, sign)
        except RateLimited:
            break
        except ServiceError as refused:
            refusals.add(refused.message)
    assert refusals == {"This message has too many different reactions. Choose one of them."}
    assert len(await shown(people)) == await stored() == reactions.MAX_REACTIONS


async def test_at_the_limit_existing_reactions_can_be_added(people, seq) -> None:
    signs = [each.sign for each in emoji.catalog("en")["Smileys"]][: reactions.MAX_REACTIONS]
    for sign in signs:
        await reactions.add(people.asha, people.room, seq, sign)
    await reactions.add(people.ben, people.room, seq, signs[0])
    assert len((await shown(people))[0].user_ids) == 2
    with pytest.raises(ServiceError):
        await reactions.add(people.ben, people.room, seq, "🏁")
    await reactions.remove(people.asha, people.room, seq, signs[5])
    await reactions.add(people.ben, people.room, seq, "🏁")
    assert await stored() == reactions.MAX_REACTIONS + 1


async def test_outsiders_find_nothing(people, seq) -> None:
    await memberships.leave(people.ben, people.room)
    for viewer in (people.chen, people.ben):
        for change in (reactions.add, reactions.remove):
            with pytest.raises(NotFound):
                await change(viewer, people.room, seq, "👍")
        with pytest.raises(NotFound):
            await reactions.who(viewer, people.room, seq)


@pytest.mark.parametrize("number", [0, 2, 10**20])
async def test_an_unknown_message_is_not_found(people, seq, number) -> None:
    with pytest.raises(NotFound):
        await reactions.add(people.ben, people.room, number, "👍")


async def test_a_deleted_message_loses_its_reactions(people, seq) -> None:
    await reactions.add(people.ben, people.room, seq, "👍")
    await edits.delete(people.asha, people.room, seq)
    assert await stored() == 0
    with pytest.raises(NotFound):
        await reactions.add(people.ben, people.room, seq, "👍")


async def test_an_archived_room_takes_none(people, seq) -> None:
    await settings.archive(people.asha, people.room, on=True)
    with pytest.raises(Forbidden):
        await reactions.add(people.asha, people.room, seq, "👍")


async def test_reacting_is_rate_limited(people, seq) -> None:
    async def go_on() -> None:
        for _time in range(200):
            await reactions.add(people.ben, people.room, seq, "👍")
            await reactions.remove(people.ben, people.room, seq, "👍")

    with pytest.raises(RateLimited):
        await go_on()


async def test_the_cost_does_not_depend_on_the_number_of_reactions(people, seq) -> None:
    def many(session: Session) -> None:
        session.add(Reaction(message_id=1, emoji="👍", user_id=people.asha.user_id))
        session.add(Reaction(message_id=1, emoji="🎉", user_id=people.asha.user_id))

    with statements() as alone:
        await reactions.add(people.ben, people.room, seq, "👍")
    await database.write(many)
    with statements() as among_others:
        await reactions.add(people.ben, people.room, seq, "🎉")
    assert len(alone) == len(among_others) <= 8
