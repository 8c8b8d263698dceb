"""The HTML of messages is made once, kept, bounded, and paid for by who writes or reads them."""

import asyncio
from dataclasses import replace

import pytest
from sqlmodel import Session, col, select, update

from models import Message, MessageVersion
from services.core import app_context
from services.core.dto import MessageView
from services.core.errors import RateLimited
from services.core.limits.rate_limits import Budget, RateLimit
from services.db import database
from services.files import forwarding
from services.messages import edits, history, messages, polls, queries, rendered
from services.messages.rendering import text
from tests.services.messages.test_messages import fresh

RICH = "*hello* @ben"
RICH_HTML = '<p><em>hello</em> <span class="mention">@ben</span></p>'
HEAVY = "```js\n" + "a+" * 1990 + "\n```"
"""Text that would be 100 kB of HTML in colours."""


async def say(people, said: str = RICH) -> int:
    message, _is_new = await messages.send(people.asha, people.room, said, fresh())
    return message.seq


async def row(people, seq: int) -> Message:
    def query(session: Session) -> Message:
        where = (Message.room_id == people.room, Message.seq == seq)
        found = session.exec(select(Message).where(*where)).one()
        session.expunge(found)
        return found

    return await database.read(query)


async def view(people, seq: int) -> MessageView:
    return await messages.get(people.ben, people.room, seq)


async def age(people, *, html: str = "<p>made by an older version</p>") -> None:
    """Have all messages been rendered by another version of the program."""
    old = update(Message).values(html=html, html_version=rendered.version() ^ 1)
    await database.write(lambda session: session.connection().execute(old) and None)


def use(monkeypatch: pytest.MonkeyPatch, **budgets: Budget | RateLimit) -> None:
    """Use other budgets and limits in this test."""
    context = app_context.current()
    limits = replace(context.rate_limits, **budgets)
    monkeypatch.setattr(app_context, "_current", replace(context, rate_limits=limits))


async def test_html_is_stored_with_the_message(people) -> None:
    seq = await say(people)
    stored = await row(people, seq)
    assert (stored.html, stored.html_version) == (RICH_HTML, rendered.version())
    assert (await view(people, seq)).html == RICH_HTML


async def test_what_is_stored_is_read_and_not_rendered_again(
    people, monkeypatch: pytest.MonkeyPatch
) -> None:
    seq = await say(people)
    monkeypatch.setattr(text, "render", None)
    assert (await view(people, seq)).html == RICH_HTML


async def test_a_line_of_words_needs_no_html(people) -> None:
    seq = await say(people, "Good morning, all!")
    assert (await row(people, seq)).html is None
    found = await view(people, seq)
    assert text.finish(found.text, found.html) == "<p>Good morning, all!</p>"


async def test_an_edit_replaces_the_html_and_its_versions_keep_theirs(people) -> None:
    seq = await say(people)
    await edits.edit(people.asha, people.room, seq, "**bye**")
    assert (await row(people, seq)).html == "<p><strong>bye</strong></p>"
    found = await edits.history(people.ben, people.room, seq)
    assert [each.html for each in found.versions] == ["<p><strong>bye</strong></p>", RICH_HTML]


async def test_deleting_a_message_erases_its_html(people) -> None:
    seq = await say(people)
    await edits.edit(people.asha, people.room, seq, "**bye**")
    await edits.delete(people.asha, people.room, seq)
    assert (await row(people, seq)).html is None
    left = await database.read(lambda session: session.exec(select(MessageVersion)).all())
    assert not left


async def test_polls_and_forwarded_messages_have_html(people) -> None:
    poll, _is_new = await polls.send(people.asha, people.room, RICH, ["yes", "no"], fresh())
    assert poll.html == RICH_HTML
    seq = await say(people)
    there = await forwarding.forward(
        people.asha, people.room, seq, to_room=people.room, client_message_id=fresh()
    )
    assert (await row(people, there.seq)).html == RICH_HTML


async def test_html_of_another_version_is_made_again_and_kept(people) -> None:
    seq = await say(people)
    await age(people)
    assert (await view(people, seq)).html == RICH_HTML
    await rendered.store_waiting()
    stored = await row(people, seq)
    assert (stored.html, stored.html_version) == (RICH_HTML, rendered.version())


async def test_html_made_again_is_dropped_if_the_message_has_changed(people) -> None:
    seq = await say(people)
    await age(people)
    await view(people, seq)
    await edits.edit(people.asha, people.room, seq, "**bye**")
    await rendered.store_waiting()
    assert (await row(people, seq)).html == "<p><strong>bye</strong></p>"


async def test_messages_of_an_older_database_are_rendered_when_read(people) -> None:
    seq = await say(people)
    old = update(Message).where(col(Message.seq) == seq).values(html=None, html_version=0)
    await database.write(lambda session: session.connection().execute(old) and None)
    assert (await view(people, seq)).html == RICH_HTML


async def test_a_heavy_message_is_bounded(people) -> None:
    seq = await say(people, HEAVY)
    assert len((await row(people, seq)).html or "") < 2 * text.MAX_HTML


async def test_who_writes_what_costs_much_has_to_wait(
    people, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, rendering=Budget(0.001, per_second=0.0001))
    await say(people, HEAVY)
    with pytest.raises(RateLimited):
        await say(people, HEAVY)
    await say(people, "A line of words costs nothing.")
    assert (await messages.send(people.ben, people.room, "*me*", fresh()))[1]


async def test_text_has_a_daily_quota(people, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, text=Budget(100, per_second=100 / 86400))
    seq = await say(people, "x" * 101)
    with pytest.raises(RateLimited) as refused:
        await say(people, "x")
    assert 0 < refused.value.retry_after < 86400
    for again in (
        edits.edit(people.asha, people.room, seq, "y"),
        polls.send(people.asha, people.room, "y", ["yes", "no"], fresh()),
        forwarding.forward(
            people.asha, people.room, seq, to_room=people.room, client_message_id=fresh()
        ),
    ):
        with pytest.raises(RateLimited):
            await again
    assert (await messages.send(people.ben, people.room, "x", fresh()))[1]


async def test_a_batch_of_large_messages_ends_early_and_goes_on(
    people, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BATCH_BYTES", 300)
    for number in range(10):
        await say(people, f"{number}" + "x" * 99)
    newest = await history.since(people.ben, people.room, history.ShownRange())
    assert ([each.seq for each in newest.messages], newest.more) == ([8, 9, 10], True)
    older = await history.older(people.ben, people.room, 8)
    assert ([each.seq for each in older.messages], older.more) == ([5, 6, 7], True)
    missed = await history.since(people.ben, people.room, history.ShownRange(1, 2))
    assert ([each.seq for each in missed.messages], missed.rest) == ([3, 4, 5], True)
    around = await history.around(people.ben, people.room, 5)
    assert [each.seq for each in around.messages] == [2, 3, 4, 5, 6, 7]


async def test_changes_that_were_missed_come_in_batches(
    people, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BATCH_BYTES", 300)
    for number in range(8):
        await say(people, f"{number}")
    for number in range(8):
        await edits.edit(people.asha, people.room, number + 1, f"{number}" + "x" * 99)
    shown, changed, batches = history.ShownRange(1, 8, 0), [], 0
    while True:
        batch = await history.since(people.ben, people.room, shown)
        changed += [each.seq for each in batch.changed]
        batches += 1
        if not batch.rest:
            break
        shown = history.ShownRange(1, 8, batch.change)
    assert (changed, batches, batch.change) == (list(range(1, 9)), 3, 8)


async def test_messages_stay_in_the_order_in_which_they_were_sent(people) -> None:
    said = [HEAVY, "A line of words.", HEAVY + " ", "*short*", "Another line."]
    sent = await asyncio.gather(*(say(people, each) for each in said))
    assert sent == [1, 2, 3, 4, 5]


async def test_what_is_sent_at_once_is_paid_for_one_after_another(
    people, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, rendering=Budget(0.001, per_second=0.0001))
    sent = await asyncio.gather(
        *(say(people, f"{HEAVY}{number}") for number in range(5)), return_exceptions=True
    )
    assert sent[0] == 1
    assert all(isinstance(each, RateLimited) for each in sent[1:])


async def test_rendering_old_versions_again_is_limited(people) -> None:
    seq = await say(people, HEAVY)
    for number in range(3):
        await edits.edit(people.asha, people.room, seq, f"{number} {HEAVY}")
    await database.write(
        lambda session: session.exec(update(MessageVersion).values(html_version=0))
    )
    limits = replace(app_context.current().rate_limits, drawing=Budget(0.001, per_second=0.0001))
    app_context.use(replace(app_context.current(), rate_limits=limits))
    assert await edits.history(people.ben, people.room, seq)
    with pytest.raises(RateLimited):
        await edits.history(people.ben, people.room, seq)
    assert await edits.history(people.asha, people.room, seq)
