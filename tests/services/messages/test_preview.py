"""A preview is what the message would be; it is paid for, and nobody else learns of it."""

import asyncio

import pytest
from sqlmodel import select

from models import Mention, Message
from services.core.errors import Forbidden, NotFound, RateLimited, ServiceError
from services.core.limits.rate_limits import Budget, RateLimit
from services.core.text import MESSAGE_LIMIT
from services.db import database
from services.messages import messages, preview
from services.rooms import settings
from tests.services.messages.test_messages import fresh
from tests.services.messages.test_rendered import HEAVY, use

TEXTS = (
    "Good morning",
    "*hello* @ben and @chen :tada:",
    "$e^x$\n\n- one\n- two\n\n```python\nprint(1)\n```",
    "<b>not bold</b>",
)


@pytest.mark.parametrize("text", TEXTS)
async def test_it_is_what_the_message_will_be(people, text: str) -> None:
    shown = await preview.render(people.asha, people.room, text)
    sent, _is_new = await messages.send(people.asha, people.room, text, fresh())
    assert (shown.text, shown.html, shown.mentions) == (sent.text, sent.html, sent.mentions)


async def test_nothing_is_stored_and_nobody_is_told(people, published) -> None:
    shown = await preview.render(people.asha, people.room, "*hello* @ben @room")
    assert dict(shown.mentions) == {"ben": people.ben.user_id, "room": 0}
    for table in (Message, Mention):
        assert await database.read(lambda s, table=table: s.exec(select(table)).all()) == []
    assert published == []


async def test_only_for_those_who_may_write_there(people) -> None:
    with pytest.raises(NotFound):
        await preview.render(people.chen, people.room, "*hello*")
    await settings.announce(people.asha, people.room, on=True)
    with pytest.raises(Forbidden, match="Only its moderators can post"):
        await preview.render(people.ben, people.room, "*hello*")
    assert await preview.render(people.asha, people.room, "*hello*")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("x" * (MESSAGE_LIMIT + 1), "too long"), (" ", "empty"), (None, "must be text")],
)
async def test_what_cannot_be_sent_cannot_be_seen(people, text: object, sentence: str) -> None:
    with pytest.raises(ServiceError, match=sentence):
        await preview.render(people.asha, people.room, text)


async def test_it_is_paid_for_as_a_message_is(people, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, rendering=Budget(0.001, per_second=0.0001))
    shown = await asyncio.gather(
        *(preview.render(people.asha, people.room, HEAVY) for _number in range(5)),
        return_exceptions=True,
    )
    refused = [each for each in shown if isinstance(each, RateLimited)]
    assert (len(shown), len(refused)) == (5, 4)
    with pytest.raises(RateLimited):
        await messages.send(people.asha, people.room, HEAVY, fresh())
    assert await preview.render(people.ben, people.room, "*mine*")


async def test_it_takes_nothing_of_what_one_may_store(
    people, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, text=Budget(100, per_second=100 / 86400))
    for _time in range(5):
        await preview.render(people.asha, people.room, "*x*" * 100)
    assert (await messages.send(people.asha, people.room, "x", fresh()))[1]


async def test_it_is_rate_limited(people, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, preview=RateLimit("2 per day"))
    for _time in range(2):
        await preview.render(people.asha, people.room, "plain")
    with pytest.raises(RateLimited):
        await preview.render(people.asha, people.room, "plain")
    assert await preview.render(people.ben, people.room, "plain")
