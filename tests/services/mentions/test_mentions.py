"""Mentions: resolving names, who is notified, and who may mention everybody."""

import pytest
from sqlmodel import Session, select

from models import Block, Mention
from services.accounts import accounts
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.errors import NotFound, RateLimited, ServiceError
from services.core.limits.rate_limits import RateLimit
from services.db import database
from services.mentions import autocomplete, mentions
from services.mentions.mentions import ResolvedMentions
from services.mentions.parser import Candidate
from services.messages import edits, history, messages
from services.messages.rendering import facts
from services.messages.rendering import text as rendering
from services.rooms import access, rooms
from tests.conftest import add_member, person
from tests.query_counter import statements


def names(text: str) -> list[Candidate]:
    """Return the possible mentions in a text."""
    return facts.names(rendering.render(text))


async def resolve(author: CurrentUser, room: int, text: str) -> ResolvedMentions:
    """Return the mentions in a text by this author."""

    def query(session: Session) -> ResolvedMentions:
        member = access.require_member(session, author.user_id, room)
        may_mention_all = mentions.may_mention_all(*member)
        return mentions.resolve(
            session, room, author.user_id, names(text), may_mention_all=may_mention_all
        )

    return await database.read(query)


async def test_a_member_is_mentioned_by_username(people) -> None:
    found = await resolve(people.asha, people.room, "Look, @Ben, and `@asha`")
    assert found == ResolvedMentions({"ben": people.ben.user_id}, (people.ben.user_id,))


async def test_mentioning_yourself_notifies_nobody(people) -> None:
    found = await resolve(people.ben, people.room, "@ben was here")
    assert found.mentions == {"ben": people.ben.user_id}
    assert found.user_ids == ()


async def test_outsiders_are_neither_notified_nor_highlighted(people) -> None:
    found = await resolve(people.ben, people.room, "@chen, @nobody and chen@example.org")
    assert found == ResolvedMentions(outsiders=("chen",))


async def test_names_of_every_script_are_found(people) -> None:
    for name in ("आशा", "jean-luc", "a.b.c", "李明"):
        await person(name)
        await add_member(people.asha, people.room, name)
    found = await resolve(people.ben, people.room, "@आशा, @jean-luc. @a.b.c… 你好@李明你好")
    assert list(found.mentions) == ["आशा", "jean-luc", "a.b.c", "李明"]


async def test_only_moderators_mention_everybody(people) -> None:
    for text in ("@room", "hello @here!", "@ROOM."):
        allowed = await resolve(people.asha, people.room, text)
        assert list(allowed.mentions.values()) == [0]
        assert allowed.user_ids == (None,)
        refused = await resolve(people.ben, people.room, text)
        assert refused.mentions is None
        assert len(refused.denied) == 1


async def test_those_who_blocked_the_author_are_not_notified(people) -> None:
    block = Block(user_id=people.ben.user_id, blocked_id=people.asha.user_id)
    await database.write(lambda session: session.add(block))
    found = await resolve(people.asha, people.room, "@ben")
    assert found == ResolvedMentions({"ben": people.ben.user_id}, ())


async def test_too_many_mentions_are_refused(people, monkeypatch) -> None:
    monkeypatch.setattr(mentions, "MAX_MENTIONS", 1)
    with pytest.raises(ServiceError, match="Mention fewer"):
        await resolve(people.asha, people.room, "@ben @asha")


async def test_resolving_takes_one_statement_and_none_without_an_at(people) -> None:
    with statements() as without:
        await resolve(people.asha, people.room, "nobody here, `@code` and a@example.org")
    with statements() as with_names:
        await resolve(people.asha, people.room, "@ben @chen @asha @nobody @here")
    assert len(with_names) == len(without) + 1


async def test_mentioning_everybody_is_one_row_whoever_else_is_mentioned(people) -> None:
    found = await resolve(people.asha, people.room, "@ben and the whole @room")
    assert found.user_ids == (None,)
    assert found.mentions == {"ben": people.ben.user_id, "room": 0}


# -- suggestions ---------------------------------------------------------------------------------


async def suggested(viewer: CurrentUser, room: int, prefix: object) -> list[str]:
    return [each.username for each in await autocomplete.complete(viewer, room, prefix)]


async def test_only_members_are_suggested(people) -> None:
    assert await suggested(people.asha, people.room, "") == ["ben", "room", "here"]
    assert await suggested(people.asha, people.room, "B") == ["ben"]
    assert await suggested(people.asha, people.room, "ch") == []
    assert await suggested(people.asha, people.room, "he") == ["here"]
    assert await suggested(people.ben, people.room, "") == ["asha"]
    for malformed in (None, 5, ["a"], "%", "_", "\0", "x" * 500, "\ud800"):
        assert "chen" not in await suggested(people.ben, people.room, malformed)
    assert await suggested(people.ben, people.room, "%") == []


async def test_suggestions_match_any_word_of_a_name(people) -> None:
    await accounts.change_profile(people.asha, display_name="Asha Rao", hue=3)
    for prefix in ("as", "Ra", "rao"):
        assert await suggested(people.ben, people.room, prefix) == ["asha"]
    assert await suggested(people.ben, people.room, "ao") == []


async def test_outsiders_get_no_suggestions(people) -> None:
    with pytest.raises(NotFound):
        await autocomplete.complete(people.chen, people.room, "b")


async def test_suggestions_are_rate_limited(people) -> None:
    object.__setattr__(app_context.current().rate_limits, "complete", RateLimit("1 per minute"))
    await autocomplete.complete(people.ben, people.room, "a")
    with pytest.raises(RateLimited):
        await autocomplete.complete(people.ben, people.room, "as")


# -- mentions that notify nobody -----------------------------------------------------------------


async def test_the_author_learns_which_mentions_notify_nobody(people) -> None:
    found = await autocomplete.undelivered(
        people.ben, people.room, names("@chen @nobody @asha @room")
    )
    assert [each.username for each in found.people] == ["chen"]
    assert found.may_add
    assert found.denied == ("room",)
    assert (
        await autocomplete.undelivered(people.ben, people.room, names("a@chen"))
        == autocomplete.UndeliveredMentions()
    )
    with pytest.raises(NotFound):
        await autocomplete.undelivered(people.chen, people.room, names("@ben"))


# -- sending and editing -------------------------------------------------------------------------


async def rows(seq: int) -> set[int | None]:
    """Return whose inboxes hold a message."""
    return await database.read(
        lambda session: set(session.exec(select(Mention.user_id).where(Mention.seq == seq)))
    )


async def test_a_sent_message_carries_its_mentions(people, published) -> None:
    sent, _new = await messages.send(people.asha, people.room, "@Ben, @chen?", "message-one")
    assert sent.mentions == (("ben", people.ben.user_id),)
    assert await rows(sent.seq) == {people.ben.user_id}
    room = await rooms.get(people.ben, people.room)
    assert (room.unread, room.mentions) == (1, 1)
    again, is_new = await messages.send(people.asha, people.room, "@Ben, @chen?", "message-one")
    assert (again, is_new) == (sent, False)


async def test_a_message_to_everybody_writes_one_row(people) -> None:
    for number in range(5):
        await person(f"member{number}")
        await add_member(people.asha, people.room, f"member{number}")
    sent, _new = await messages.send(people.asha, people.room, "@room @ben", "message-one")
    assert await rows(sent.seq) == {None}
    assert (await rooms.get(people.ben, people.room)).mentions == 1


async def test_an_edit_adds_and_removes_mentions(people, published) -> None:
    sent, _new = await messages.send(people.asha, people.room, "hello", "message-one")
    await edits.edit(people.asha, people.room, sent.seq, "hello @ben")
    assert await rows(sent.seq) == {people.ben.user_id}
    assert events.MentionsChanged(frozenset({people.ben.user_id})) in published
    (view,) = (await history.since(people.ben, people.room, history.ShownRange())).messages
    assert view.mentions == (("ben", people.ben.user_id),)
    await edits.edit(people.asha, people.room, sent.seq, "hello @room")
    assert await rows(sent.seq) == {None}
    await edits.edit(people.asha, people.room, sent.seq, "hello all")
    assert await rows(sent.seq) == set()
    assert (await rooms.get(people.ben, people.room)).mentions == 0


async def test_a_deleted_message_mentions_nobody(people) -> None:
    sent, _new = await messages.send(people.asha, people.room, "@ben", "message-one")
    await edits.delete(people.asha, people.room, sent.seq)
    assert await rows(sent.seq) == set()


async def test_mentions_cost_a_message_two_statements(people) -> None:
    with statements() as without:
        await messages.send(people.asha, people.room, "nobody", "message-one")
    with statements() as with_name:
        await messages.send(people.asha, people.room, "@ben and @chen", "message-two")
    assert len(with_name) == len(without) + 2
