"""Polls: sent like a message, voted on by members, anonymous if wanted."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from sqlmodel import Session

from models import Poll
from models.clock import now
from services.core import events
from services.core.dto import MessageView
from services.core.errors import Forbidden, NotFound, ServiceError
from services.db import database
from services.messages import edits, history, messages, polls
from services.rooms import settings
from services.rooms.members import memberships

_numbers = count()


async def ask(people, *options: object, by: str = "asha", **more: object) -> MessageView:
    """Send a poll; return its message."""
    said = options or ("Red", "Green", "Blue")
    asker = getattr(people, by)
    number = f"poll-{next(_numbers):06}"
    message, _new = await polls.send(asker, people.room, "Colour?", said, number, **more)
    return message


async def shown(people, seq: int) -> MessageView:
    page = await history.since(people.asha, people.room, history.ShownRange())
    return next(each for each in page.messages if each.seq == seq)


async def counts(people, seq: int) -> list[int]:
    poll = (await shown(people, seq)).poll
    return [option.votes for option in poll.options]


async def test_a_poll_is_published_with_its_options(people, published) -> None:
    message = await ask(people, " Red ", "Green :heart:", is_multiple=True, minutes=60)
    assert (message.kind, message.text, message.seq) == ("poll", "Colour?", 1)
    assert [option.text for option in message.poll.options] == ["Red", "Green ❤️"]
    assert (message.poll.is_multiple, message.poll.is_anonymous) == (True, False)
    assert abs(message.poll.closes_at - now() - timedelta(hours=1)) < timedelta(minutes=1)
    assert published == [events.MessageSent(message)]
    assert await shown(people, 1) == message


async def test_sending_again_returns_the_same_poll(people) -> None:
    both = await asyncio.gather(
        *[polls.send(people.asha, people.room, "Q", ["a", "b"], "poll-again") for _ in range(2)]
    )
    assert sorted(new for _message, new in both) == [False, True]
    assert both[0][0] == both[1][0]
    assert len(both[0][0].poll.options) == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "A poll has 2 to 12 answers."),
        (["one"], "A poll has 2 to 12 answers."),
        ([str(number) for number in range(13)], "A poll has 2 to 12 answers."),
        (["Tea", "tea "], "Two answers are the same."),
        (["Straße", "STRASSE"], "Two answers are the same."),
        (["e\u0301", "é"], "Two answers are the same."),
        (["Tea", "Tea"], "Two answers are the same."),
        (["Tea", "  "], "The answer is empty."),
        (["Tea", "x" * 201], "The answer is 1 character too long."),
        (["Tea", None], "The answer must be text."),
        (["Tea", "T\x00ea"], "Two answers are the same."),
        (["Tea", "\x00"], "The answer is empty."),
    ],
)
async def test_invalid_options_are_refused(people, published, options, sentence) -> None:
    with pytest.raises(ServiceError) as refused:
        await polls.send(people.asha, people.room, "Q?", options, "poll-number")
    assert refused.value.message.startswith(sentence)
    assert published == []


@pytest.mark.parametrize("question", ["", "  ", None, "x" * 501])
async def test_invalid_questions_are_refused(people, question) -> None:
    with pytest.raises(ServiceError, match="The question"):
        await polls.send(people.asha, people.room, question, ["a", "b"], "poll-number")


@pytest.mark.parametrize("minutes", [0, -1, 10**9])
async def test_invalid_durations_are_refused(people, minutes) -> None:
    with pytest.raises(ServiceError, match="a month"):
        await ask(people, minutes=minutes)


async def test_a_vote_replaces_the_earlier_one(people, published) -> None:
    message = await ask(people)
    await polls.vote(people.ben, people.room, message.seq, [1])
    await polls.vote(people.ben, people.room, message.seq, [2])
    await polls.vote(people.ben, people.room, message.seq, [2])
    await polls.vote(people.asha, people.room, message.seq, [2])
    poll = (await shown(people, message.seq)).poll
    assert [option.user_ids for option in poll.options] == [
        (),
        (people.ben.user_id, people.asha.user_id),
        (),
    ]
    assert poll.voters == 2
    await polls.withdraw(people.ben, people.room, message.seq)
    assert await counts(people, message.seq) == [0, 1, 0]
    assert published[1:] == [events.MessageChanged(people.room, number) for number in (1, 2, 3, 4)]


async def test_several_options_only_in_multiple_choice_polls(people) -> None:
    single, several = await ask(people), await ask(people, is_multiple=True)
    with pytest.raises(ServiceError, match="one answer"):
        await polls.vote(people.ben, people.room, single.seq, [1, 2])
    await polls.vote(people.ben, people.room, several.seq, [1, 3])
    assert await counts(people, several.seq) == [1, 0, 1]
    assert (await shown(people, several.seq)).poll.voters == 1
    await polls.vote(people.ben, people.room, several.seq, [3, 2])
    assert await counts(people, several.seq) == [0, 1, 1]


@pytest.mark.parametrize("numbers", [[], [0], [4], [-1], [1, 99]])
async def test_unknown_options_are_refused(people, numbers) -> None:
    message = await ask(people, is_multiple=True)
    with pytest.raises(ServiceError):
        await polls.vote(people.ben, people.room, message.seq, numbers)
    assert await counts(people, message.seq) == [0, 0, 0]


async def test_an_anonymous_poll_reveals_no_voters(people, published) -> None:
    message = await ask(people, is_anonymous=True)
    await polls.vote(people.ben, people.room, message.seq, [2])
    seen = await shown(people, message.seq)
    assert [option.votes for option in seen.poll.options] == [0, 1, 0]
    assert all(option.user_ids == option.faces == () for option in seen.poll.options)
    assert str(people.ben.user_id) not in repr(seen.poll.options[1].user_ids)
    assert await polls.mine(people.ben, people.room, [message.seq]) == {message.seq: [2]}
    assert await polls.mine(people.asha, people.room, [message.seq]) == {}
    with pytest.raises(NotFound):
        await polls.mine(people.chen, people.room, [message.seq])


async def test_members_see_voters_unless_it_is_anonymous(people) -> None:
    named, anonymous = await ask(people), await ask(people, is_anonymous=True)
    for message in (named, anonymous):
        await polls.vote(people.ben, people.room, message.seq, [2])
    found = await polls.who(people.asha, people.room, named.seq)
    assert [(each.text, [person.username for person in each.people]) for each in found] == [
        ("Red", []),
        ("Green", ["ben"]),
        ("Blue", []),
    ]
    drawn = (await shown(people, named.seq)).poll.options
    assert [[face.username for face in option.faces] for option in drawn] == [[], ["ben"], []]
    for viewer in (people.asha, people.ben):
        with pytest.raises(Forbidden, match="anonymous"):
            await polls.who(viewer, people.room, anonymous.seq)
    with pytest.raises(NotFound):
        await polls.who(people.chen, people.room, named.seq)


async def test_its_author_or_a_moderator_closes_it(people) -> None:
    message = await ask(people, by="ben")
    other = await ask(people, by="asha")
    with pytest.raises(Forbidden):
        await polls.close(people.ben, people.room, other.seq)
    await polls.vote(people.ben, people.room, message.seq, [1])
    await polls.close(people.asha, people.room, message.seq)
    for work in (
        polls.vote(people.asha, people.room, message.seq, [1]),
        polls.withdraw(people.ben, people.room, message.seq),
        polls.close(people.ben, people.room, message.seq),
    ):
        with pytest.raises(ServiceError, match="This poll is closed"):
            await work
    assert await counts(people, message.seq) == [1, 0, 0]


async def test_it_closes_after_its_duration(people) -> None:
    message = await ask(people, minutes=1)

    def pass_by(session: Session) -> None:
        poll = session.get_one(Poll, message.message_id)
        poll.closes_at = now() - timedelta(seconds=1)
        session.add(poll)

    await polls.vote(people.ben, people.room, message.seq, [1])
    await database.write(pass_by)
    with pytest.raises(ServiceError, match="This poll is closed"):
        await polls.vote(people.ben, people.room, message.seq, [2])


async def test_outsiders_find_no_poll(people) -> None:
    message = await ask(people)
    await memberships.leave(people.ben, people.room)
    for viewer in (people.chen, people.ben):
        for work in (
            polls.send(viewer, people.room, "Q?", ["a", "b"], "poll-outside"),
            polls.vote(viewer, people.room, message.seq, [1]),
            polls.withdraw(viewer, people.room, message.seq),
            polls.close(viewer, people.room, message.seq),
        ):
            with pytest.raises(NotFound):
                await work


async def test_text_and_deleted_messages_take_no_votes(people) -> None:
    text, _new = await messages.send(people.asha, people.room, "hello", "message-1")
    message = await ask(people)
    await polls.vote(people.ben, people.room, message.seq, [1])
    await edits.delete(people.asha, people.room, message.seq)
    assert (await shown(people, message.seq)).poll is None
    for seq in (text.seq, message.seq, 99, 10**20):
        with pytest.raises(NotFound):
            await polls.vote(people.ben, people.room, seq, [1])


async def test_an_archived_room_takes_no_votes(people) -> None:
    message = await ask(people)
    await settings.archive(people.asha, people.room, on=True)
    with pytest.raises(Forbidden):
        await polls.vote(people.ben, people.room, message.seq, [1])
