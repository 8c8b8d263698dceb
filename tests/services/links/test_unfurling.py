"""From a message with a link to its preview, and what becomes of that."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlmodel import Session, func, select, update

from models import Action, AuditEntry, LinkPreview, MessageLink
from models.clock import now
from services import lifecycle
from services.core import app_context, events
from services.core.dto import CurrentUser, LinkView
from services.core.errors import Forbidden, NotFound, RateLimited
from services.core.limits.rate_limited import by_itself
from services.core.limits.rate_limits import RateLimit
from services.core.network.outbound import AddressInfo
from services.core.settings import Settings
from services.db import database
from services.files import forwarding
from services.links import failures, fetching, switch, turns, unfurling
from services.messages import edits, first_link, link_previews, messages, polls
from services.rooms import moderation_log
from services.rooms import settings as room_settings
from tests import postgres
from tests.conftest import People, add_member
from tests.linked_site import Site, html, linked_site, only, page
from tests.roles import Cast

IDS = count(1)


@pytest.fixture
def site() -> Iterator[Site]:
    with linked_site() as running:
        running.pages |= {f"/{name}": html(f"Page {name}") for name in "abcdefgh"}
        yield running


@pytest.fixture
def may_answer(site: Site) -> threading.Event:
    """Until it is set, the site does not answer for its page `/slow`."""
    allowed = threading.Event()
    site.pages["/slow"] = lambda request: (allowed.wait(30), html("Slow")(request))[-1]
    return allowed


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is deleted is erased soon; set before the app starts, which waits for it at first."""
    monkeypatch.setattr(unfurling, "TIDY_SECONDS", 0.05)


@pytest.fixture
async def _on(people: People, site: Site) -> None:
    """Previews are switched on, and the site is all of the internet."""
    limits = replace(app_context.current().rate_limits, link=RateLimit("1000 per minute"))
    reach(site, rate_limits=limits)
    await switch.set_on(people.asha, on=True)


def reach(*sites: Site, **changes: Any) -> None:
    """Let these sites be all of the internet."""
    context = replace(app_context.current(), link_reach=only(*sites), **changes)
    app_context.use(context)


async def say(viewer: CurrentUser, room: int, text: str) -> int:
    sent, _new = await messages.send(viewer, room, text, f"said-{next(IDS):06}")
    return sent.seq


async def link(viewer: CurrentUser, room: int, seq: int) -> LinkView | None:
    with by_itself():  # tests ask more often than people may
        return (await messages.get(viewer, room, seq)).link


async def until(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not await is_so():
            await asyncio.sleep(0.01)


async def shows(viewer: CurrentUser, room: int, seq: int, title: str | None) -> LinkView | None:
    """Wait until a message shows a preview with this title, or none."""

    async def is_so() -> bool:
        found = await link(viewer, room, seq)
        return (found.title if found else None) == title

    await until(is_so)
    return await link(viewer, room, seq)


async def settled() -> None:
    """Wait until no link waits or is asked for."""
    assert unfurling._turns is not None
    waiting = unfurling._turns

    async def is_so() -> bool:
        return not (waiting._waiting or waiting._busy)

    await until(is_so)


async def rows(kind: type[Any]) -> list[Any]:
    return await database.read(lambda session: list(session.exec(select(kind)).all()))


async def kept(number: int) -> None:
    """Wait until so many previews are kept."""

    async def is_so() -> bool:
        return len(await rows(LinkPreview)) == number

    await until(is_so)


# -- when sites are asked --------------------------------------------------------------------------


async def test_at_first_no_site_is_asked(people: People, site: Site) -> None:
    reach(site)
    assert not switch.is_on()
    await say(people.asha, people.room, f"{site.address}/a")
    await settled()
    await switch.set_on(people.asha, on=True)
    seq = await say(people.asha, people.room, f"{site.address}/b")
    await shows(people.ben, people.room, seq, "Page b")
    await switch.set_on(people.asha, on=False)
    await say(people.asha, people.room, f"{site.address}/c")
    await settled()
    assert site.paths() == ["/b"]
    assert await link(people.ben, people.room, seq)  # it is there, and no site is asked for it


async def test_the_switch_lasts_and_is_logged(people: People, app_settings: Settings) -> None:
    await switch.set_on(people.asha, on=True)
    await switch.set_on(people.asha, on=True)
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    assert switch.is_on()
    await switch.set_on(people.asha, on=False)
    assert [each.action for each in await rows(AuditEntry)][-2:] == [
        "link_previews_on",
        "link_previews_off",
    ]
    with pytest.raises(Forbidden):
        await switch.set_on(people.ben, on=True)


@pytest.mark.usefixtures("_on")
async def test_sending_does_not_wait_for_the_site(people: People, site: Site) -> None:
    site.pages["/slow"] = lambda request: time.sleep(2)
    began = time.monotonic()
    await say(people.asha, people.room, f"{site.address}/slow")
    assert time.monotonic() - began < 1
    await asyncio.to_thread(site.wait, 1)


@pytest.mark.usefixtures("_on")
async def test_all_see_the_preview_by_a_change_that_is_no_edit(
    people: People, site: Site, published: list[object]
) -> None:
    seq = await say(people.asha, people.room, f"look: {site.address}/a, nice")
    found = await shows(people.ben, people.room, seq, "Page a")
    assert found == LinkView(f"{site.address}/a", "", "Page a", "")
    message = await messages.get(people.ben, people.room, seq)
    assert message.edited_at is None
    assert events.MessageChanged(people.room, message.change) in published
    assert (await edits.history(people.ben, people.room, seq)).versions[1:] == []


@pytest.mark.usefixtures("_on")
async def test_the_same_link_is_asked_for_once(people: People, site: Site) -> None:
    first = await say(people.asha, people.room, f"{site.address}/a")
    second = await say(people.ben, people.room, f"again: {site.address}/a#part")
    third = await say(people.ben, people.room, f"HTTP{site.address[4:]}/a")
    for seq in (first, second, third):
        await shows(people.ben, people.room, seq, "Page a")
    assert site.paths() == ["/a"]
    assert len(await rows(LinkPreview)) == 1


async def age(by: timedelta) -> None:
    await database.write(
        lambda session: session.exec(update(LinkPreview).values(fetched_at=now() - by))
    )


@pytest.mark.usefixtures("_on")
async def test_after_a_week_it_is_asked_again_and_old_messages_stay_as_they_are(
    people: People, site: Site
) -> None:
    first = await say(people.asha, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, first, "Page a")
    site.pages["/a"] = html("Something else")
    await age(unfurling.KEPT - timedelta(minutes=1))
    second = await say(people.asha, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, second, "Page a")
    await age(unfurling.KEPT)
    third = await say(people.asha, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, third, "Something else")
    await shows(people.ben, people.room, first, "Page a")
    assert site.paths() == ["/a", "/a"]


@pytest.mark.usefixtures("_on")
async def test_what_has_failed_is_not_asked_again_for_an_hour(people: People, site: Site) -> None:
    seqs = [await say(people.asha, people.room, f"{site.address}/gone") for _time in "12"]
    await settled()
    assert site.paths() == ["/gone"]
    site.pages["/gone"] = html("Here again")
    assert await rows(LinkPreview) == await rows(MessageLink) == []  # nor does it push others out
    unfurling._failures.note(first_link.key(f"{site.address}/gone"), 0, may_pass=False)
    seq = await say(people.asha, people.room, f"{site.address}/gone")
    await shows(people.ben, people.room, seq, "Here again")
    assert [await link(people.ben, people.room, each) for each in seqs] == [None, None]


@pytest.fixture
def down(site: Site, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a page whose site is down; it is asked again soon."""
    monkeypatch.setattr(unfurling, "RETRY_SECONDS", (0.05, 0.1))
    site.pages["/down"] = lambda request: request.send_error(503)
    return f"{site.address}/down"


@pytest.mark.usefixtures("_on")
async def test_a_site_that_is_down_is_asked_again_later(
    people: People, site: Site, down: str
) -> None:
    seqs = [await say(viewer, people.room, down) for viewer in (people.asha, people.ben)]
    await asyncio.to_thread(site.wait, 1)
    site.pages["/down"] = html("Up again")
    for seq in seqs:
        await shows(people.ben, people.room, seq, "Up again")
    assert site.paths() == ["/down", "/down"]


@pytest.mark.usefixtures("_on")
async def test_but_not_for_ever(people: People, site: Site, down: str) -> None:
    await say(people.asha, people.room, down)
    await asyncio.to_thread(site.wait, 1 + len(unfurling.RETRY_SECONDS))
    await settled()
    await asyncio.sleep(0.5)
    assert len(site.asked) == 1 + len(unfurling.RETRY_SECONDS)
    await say(people.ben, people.room, down)
    await settled()
    assert len(site.asked) == 1 + len(unfurling.RETRY_SECONDS)


@pytest.mark.usefixtures("_on")
async def test_an_edited_message_is_not_asked_about_again(
    people: People, site: Site, down: str
) -> None:
    seq = await say(people.asha, people.room, down)
    await asyncio.to_thread(site.wait, 1)
    await settled()
    await edits.edit(people.asha, people.room, seq, f"{site.address}/a")
    await shows(people.ben, people.room, seq, "Page a")
    await asyncio.sleep(0.4)
    assert site.paths() == ["/down", "/a"]


async def test_so_many_wait_for_later() -> None:
    waiting = turns.Turns()
    for number in range(1000):
        waiting.add_later(turns.Link(number, number % 2, "http://a.org/"), 60)
    assert len(waiting._later) == 2 * turns.MAX_OF_AUTHOR
    for number in range(1000):
        waiting.add_later(turns.Link(1000 + number, number, "http://a.org/"), 60)
    assert len(waiting._later) == turns.MAX_WAITING
    waiting.close()
    assert waiting._later == {}


def test_so_many_failures_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MAX_KEPT", 3)
    known = failures.Failures()
    for name in "abcd":
        known.note(name, 60, may_pass=name == "d")
    known.note("c", 0, may_pass=False)
    assert [bool(known.of(name)) for name in "abcd"] == [False, True, False, True]
    seconds, may_pass = known.of("d") or (0, False)
    assert may_pass
    assert 59 < seconds <= 60


@pytest.mark.usefixtures("_on")
async def test_a_slow_name_server_holds_up_its_own_authors_links_alone(
    people: People, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.5)
    monkeypatch.setattr(unfurling, "RETRY_SECONDS", (0.1,) * 9)
    answers = threading.Event()
    asked: list[str] = []

    def look_up(host: str, port: int, *_options: Any) -> list[AddressInfo]:
        asked.append(host)
        if host != "fast.example":
            answers.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", site.port))]

    reach = replace(only(site), look_up=look_up)
    app_context.use(replace(app_context.current(), link_reach=reach))
    for number in range(turns.MAX_OF_AUTHOR):
        await say(people.asha, people.room, f"http://slow{number}.example/a")
    seq = await say(people.ben, people.room, f"http://fast.example:{site.port}/a")
    await shows(people.ben, people.room, seq, "Page a")
    await asyncio.sleep(1.2)  # in which two others would have been looked up
    assert set(asked) == {"slow0.example", "fast.example"}
    answers.set()
    await settled()


# -- which link counts -----------------------------------------------------------------------------


@pytest.mark.usefixtures("_on")
async def test_the_first_link_counts(people: People, site: Site) -> None:
    a, b = f"{site.address}/a", f"{site.address}/b"
    asked_for = {
        f"`{a}` and {b}": "Page b",
        f"```\n{a}\n```\n[b]({b}) {a}": "Page b",
        f"mailto:ben@example.org http://localhost:8080/rooms/1 {b}": "Page b",
        f"http://127.0.0.2/ {b}": None,
        f"http://user:password@{b[7:]} {a}": "Page a",
        f"> quoted {a}\n\n{b}": "Page a",
        f"| a | b |\n|---|---|\n| [x]({b}) | {a} |": "Page b",
        "no link": None,
    }
    for text, title in asked_for.items():
        seq = await say(people.asha, people.room, text)
        await settled()
        await shows(people.ben, people.room, seq, title)


SPELLINGS = {
    "http://example.org/": (
        *("http://EXAMPLE.org", "http://example.org.:80/", "http://example。org/"),
        *("http://ｅｘａｍｐｌｅ．org/", "http://example.org/#part"),
    ),
    "https://xn--bcher-kva.org/x": ("https://Bücher.org/x", "https://xn--BCHER-kva.org.:443/x"),
    "http://xn--i-7iq.ws/": ("http://I❤.ws",),
    "http://127.0.0.1/": ("http://127.1", "http://0x7f000001/", "http://2130706433"),
    "http://[2001:db8::1]/": ("http://[2001:0DB8:0::1]:80/",),
}


@pytest.mark.parametrize("address", SPELLINGS)
def test_a_host_has_one_spelling(address: str) -> None:
    for spelled in (address, *SPELLINGS[address]):
        assert first_link.normalise(spelled) == address, spelled


@pytest.mark.parametrize("host", ["a..b", "ä..b", "[::1", "256.1.1.1.1", "999.1", ".", "\u202e"])
def test_what_is_no_host_raises_nothing(host: str) -> None:
    first_link.normalise(f"http://{host}/")


@pytest.mark.parametrize("host", [f"{'a' * 250}.org", "一" * 4000])
def test_what_is_longer_than_any_host_is_none(host: str) -> None:
    """The longer one took seconds, in which nobody could do anything."""
    assert first_link.normalise(f"http://{host}/") is None


@pytest.mark.usefixtures("_on")
async def test_links_to_this_chat_are_not_asked_for(people: People, site: Site) -> None:
    context = app_context.current()
    public = context.settings.model_copy(update={"public_url": site.address})
    reach(site, settings=public)
    await say(people.asha, people.room, f"{site.address}/a http://127.0.0.1:{site.port}/b")
    await settled()
    assert site.asked == []


@pytest.mark.usefixtures("_on")
async def test_polls_and_forwarded_messages_have_previews_too(people: People, site: Site) -> None:
    sent, _new = await polls.send(
        people.asha, people.room, f"Is {site.address}/a good?", ["Yes", "No"], "a-poll-01"
    )
    await shows(people.ben, people.room, sent.seq, "Page a")
    seq = await say(people.asha, people.room, f"{site.address}/b")
    await shows(people.ben, people.room, seq, "Page b")
    copy = await forwarding.forward(
        people.ben, people.room, seq, to_room=people.room, client_message_id="forwarded"
    )
    await shows(people.ben, people.room, copy.seq, "Page b")
    assert site.paths() == ["/a", "/b"]


# -- bounds ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_on")
async def test_each_author_has_so_many_sites_asked(people: People, site: Site) -> None:
    limits = replace(app_context.current().rate_limits, link=RateLimit("2 per minute"))
    reach(site, rate_limits=limits)
    for name in "abc":
        await say(people.asha, people.room, f"{site.address}/{name}")
        await settled()
    again = await say(people.asha, people.room, f"{site.address}/a")  # which nobody is asked for
    await shows(people.ben, people.room, again, "Page a")
    other = await say(people.ben, people.room, f"{site.address}/d")
    await shows(people.ben, people.room, other, "Page d")
    assert site.paths() == ["/a", "/b", "/d"]


async def test_usually_ten_a_minute(people: People) -> None:
    limit = app_context.current().rate_limits.link
    for _time in range(10):
        limit.consume(people.asha.user_id)
    with pytest.raises(RateLimited):
        limit.consume(people.asha.user_id)


@pytest.mark.usefixtures("_on")
async def test_a_site_is_asked_for_one_page_at_a_time_and_few_sites_at_once(
    people: People, site: Site, all_roles: Cast
) -> None:
    running, most = 0, 0

    def slowly(request: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.1)
        running -= 1
        html("Slow")(request)

    site.pages |= {f"/slow{number}": slowly for number in range(3)}
    for number, viewer in enumerate((people.asha, people.ben, all_roles.moderator)):
        await say(viewer, people.room, f"{site.address}/slow{number}")
    await asyncio.to_thread(site.wait, 3)
    await settled()
    assert most == 1


async def test_turns_are_by_host_and_author() -> None:
    waiting = turns.Turns()
    for number, (author, host) in enumerate([(1, "a"), (1, "b"), (2, "a"), (3, "c"), (2, "d")]):
        waiting.add(turns.Link(number, author, f"http://{host}.org/"))
    async with waiting.next() as first, waiting.next() as second:
        assert (first.message_id, second.message_id) == (0, 3)
        async with waiting.next() as third:
            assert third.message_id == 4
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05), waiting.next():
                    pass
    async with waiting.next() as fourth, asyncio.timeout(5):
        assert fourth.message_id == 1


def test_so_many_wait() -> None:
    waiting = turns.Turns()
    for number in range(1000):
        waiting.add(turns.Link(number, number % 2, "http://a.org/"))
    assert len(waiting._waiting) == 2 * turns.MAX_OF_AUTHOR
    for number in range(1000):
        waiting.add(turns.Link(1000 + number, number, "http://a.org/"))
    assert len(waiting._waiting) == turns.MAX_WAITING


@pytest.mark.usefixtures("_on")
async def test_so_many_previews_are_kept(
    people: People, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfurling, "MAX_KEPT", 3)
    seqs = []
    for name in "abcde":
        seqs.append(await say(people.asha, people.room, f"{site.address}/{name}"))
        await shows(people.ben, people.room, seqs[-1], f"Page {name}")
    assert len(await rows(LinkPreview)) == 3
    assert [bool(await link(people.ben, people.room, seq)) for seq in seqs] == [
        *(False, False, True, True, True)
    ]
    if not postgres.SERVER:  # which keeps them in any case
        broken = "PRAGMA foreign_key_check"
        assert not await database.read(lambda each: each.connection().exec_driver_sql(broken).all())


@pytest.mark.usefixtures("_on")
@pytest.mark.skipif(not postgres.SERVER, reason="SQLite leaves out no ids")
async def test_ids_that_were_left_out_do_not_count(
    people: People, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfurling, "MAX_KEPT", 3)
    leave_out = "SELECT nextval('link_previews_id_seq') FROM generate_series(1, 5)"
    for name in "abcd":
        await database.write(lambda each: each.connection().exec_driver_sql(leave_out).all())
        seq = await say(people.asha, people.room, f"{site.address}/{name}")
        await shows(people.ben, people.room, seq, f"Page {name}")
    assert [each.title for each in await rows(LinkPreview)] == ["Page b", "Page c", "Page d"]


# -- what becomes of them --------------------------------------------------------------------------


@pytest.mark.usefixtures("_on")
async def test_a_removed_preview_stays_removed(people: People, site: Site) -> None:
    text = f"{site.address}/a"
    seq = await say(people.asha, people.room, text)
    await shows(people.ben, people.room, seq, "Page a")
    await link_previews.remove(people.asha, people.room, seq)
    assert await link(people.ben, people.room, seq) is None
    assert await moderation_log.of_room(people.asha, people.room) == []  # it was their own
    await kept(0)  # what it said is erased
    await edits.edit(people.asha, people.room, seq, f"{text} is good")
    await settled()
    assert await link(people.ben, people.room, seq) is None
    assert site.paths() == ["/a"]
    other = await say(people.asha, people.room, text)  # a new message has one
    await shows(people.ben, people.room, other, "Page a")


@pytest.mark.usefixtures("_on")
async def test_the_author_and_moderators_remove_it(
    people: People, all_roles: Cast, site: Site, published: list[object]
) -> None:
    seq = await say(people.ben, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, seq, "Page a")
    with pytest.raises(Forbidden, match="Only the author or a moderator"):
        await link_previews.remove(all_roles.other, people.room, seq)
    with pytest.raises(NotFound):
        await link_previews.remove(people.chen, people.room, seq)
    with pytest.raises(NotFound):
        await link_previews.remove(people.ben, people.room, seq + 1)
    await room_settings.archive(people.asha, people.room, on=True)
    await link_previews.remove(people.asha, people.room, seq)
    message = await messages.get(people.ben, people.room, seq)
    assert message.link is None
    assert events.MessageChanged(people.room, message.change) in published
    [entry, *_earlier] = await moderation_log.of_room(people.asha, people.room)
    assert (entry.action, entry.message_seq) == (Action.PREVIEW_REMOVED, seq)
    assert (entry.actor.username, entry.person and entry.person.username) == ("asha", "ben")
    await link_previews.remove(people.ben, people.room, seq)  # again: nothing happens
    assert (await messages.get(people.ben, people.room, seq)).change == message.change


@pytest.mark.usefixtures("_on")
async def test_an_edit_changes_the_preview_with_the_link(people: People, site: Site) -> None:
    seq = await say(people.asha, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, seq, "Page a")
    await edits.edit(people.asha, people.room, seq, f"**see** {site.address}/a")
    assert await link(people.ben, people.room, seq)
    await edits.edit(people.asha, people.room, seq, f"{site.address}/b {site.address}/a")
    found = await link(people.ben, people.room, seq)
    assert found is None or found.title == "Page b"  # never that of the other link
    await shows(people.ben, people.room, seq, "Page b")
    await edits.edit(people.asha, people.room, seq, "no link any more")
    assert await link(people.ben, people.room, seq) is None
    await kept(0)
    await edits.edit(people.asha, people.room, seq, f"now one again: {site.address}/c")
    await shows(people.ben, people.room, seq, "Page c")


@pytest.mark.usefixtures("_on")
async def test_an_edit_while_none_are_asked_takes_the_preview_away(
    people: People, site: Site
) -> None:
    seq = await say(people.asha, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, seq, "Page a")
    await switch.set_on(people.asha, on=False)
    await edits.edit(people.asha, people.room, seq, f"{site.address}/b")
    await settled()
    assert await link(people.ben, people.room, seq) is None
    assert site.paths() == ["/a"]


@pytest.mark.usefixtures("_on")
async def test_what_is_edited_or_deleted_before_its_turn_is_not_asked_for(
    people: People, site: Site, may_answer: threading.Event
) -> None:
    await say(people.asha, people.room, f"{site.address}/slow")
    edited = await say(people.ben, people.room, f"{site.address}/a")
    deleted = await say(people.asha, people.room, f"{site.address}/b")
    await edits.edit(people.ben, people.room, edited, "nothing")
    await edits.delete(people.asha, people.room, deleted)
    may_answer.set()
    await settled()
    assert site.paths() == ["/slow"]


@pytest.mark.usefixtures("_on")
async def test_what_is_deleted_while_its_site_answers_has_no_preview(
    people: People, site: Site, may_answer: threading.Event
) -> None:
    seq = await say(people.asha, people.room, f"{site.address}/slow")
    await asyncio.to_thread(site.wait, 1)
    await edits.delete(people.asha, people.room, seq)
    may_answer.set()
    await settled()
    assert await rows(MessageLink) == await rows(LinkPreview) == []


@pytest.mark.usefixtures("_on")
async def test_a_deleted_message_leaves_nothing_of_its_preview(people: People, site: Site) -> None:
    first, second = [await say(people.asha, people.room, f"{site.address}/a") for _time in "12"]
    for seq in (first, second):
        await shows(people.ben, people.room, seq, "Page a")
    await edits.delete(people.asha, people.room, first)
    assert await link(people.ben, people.room, second)  # it is this one's, too
    assert len(await rows(MessageLink)) == 1
    await edits.delete(people.asha, people.room, second)
    await kept(0)
    assert await rows(MessageLink) == []


@pytest.mark.usefixtures("_on")
async def test_a_deleted_room_leaves_nothing_of_them(people: People, site: Site) -> None:
    seq = await say(people.asha, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, seq, "Page a")
    await room_settings.delete(people.asha, people.room, "Study group")
    await kept(0)
    assert await rows(MessageLink) == []


@pytest.mark.usefixtures("_on")
async def test_what_is_erased_meanwhile_is_not_shown_by_another_of_its_number(
    people: People, site: Site
) -> None:
    seqs = [await say(people.asha, people.room, f"{site.address}/{name}") for name in "ab"]
    for seq, name in zip(seqs, "ab", strict=True):
        await shows(people.ben, people.room, seq, f"Page {name}")
    await switch.set_on(people.asha, on=False)
    seq = await say(people.asha, people.room, f"{site.address}/a")
    message = await messages.get(people.asha, people.room, seq)
    link_of = turns.Link(message.message_id, people.asha.user_id, f"{site.address}/a")
    [first, second] = [each.id for each in await rows(LinkPreview)]
    for number in (second, 999):
        stored = await database.write(
            lambda session, number=number: unfurling._store(link_of, number, session)
        )
        assert stored is None
    assert len(await rows(MessageLink)) == 2
    assert await database.write(lambda session: unfurling._store(link_of, first, session))
    await shows(people.ben, people.room, seq, "Page a")


@pytest.mark.usefixtures("_on")
async def test_a_made_up_address_in_a_backup_is_no_link(people: People, site: Site) -> None:
    seq = await say(people.asha, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, seq, "Page a")

    def lie(session: Session) -> None:
        session.exec(update(LinkPreview).values(url="javascript:alert(1)"))

    await database.write(lie)
    assert await link(people.ben, people.room, seq) is None


@pytest.mark.usefixtures("_on")
async def test_a_message_without_a_link_costs_no_write(people: People, site: Site) -> None:
    version = await database.read(_writes)
    for text in ("hello", "**hello**", "`http://example.org`"):
        await say(people.asha, people.room, text)
    await settled()
    assert await database.read(_writes) == version


def _writes(session: Session) -> int:
    return session.exec(select(func.count()).select_from(MessageLink)).one()


@pytest.mark.usefixtures("_on")
async def test_a_title_from_hell_is_kept_as_text(people: People, site: Site) -> None:
    site.pages["/x"] = page(
        "<meta property=og:title content='\u202e</script><b>&amp;lt;\0'>".encode()
    )
    seq = await say(people.asha, people.room, f"{site.address}/x")
    found = await shows(people.ben, people.room, seq, "</script><b>&lt;")
    assert found is not None


@pytest.mark.usefixtures("_on")
async def test_whoever_joins_later_sees_it_too(people: People, site: Site) -> None:
    seq = await say(people.asha, people.room, f"{site.address}/a")
    await shows(people.ben, people.room, seq, "Page a")
    await add_member(people.asha, people.room, "chen")
    assert await link(people.chen, people.room, seq)


def test_the_total_time_is_short() -> None:
    assert 2 * fetching.TOTAL_SECONDS <= 10  # for a page, and for its picture
