"""Reports of messages: who may report what, who sees it, and what they do about it."""

import pytest
from sqlmodel import update

from models import Report, Role
from models.clock import now
from services.accounts.security import audit
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, RateLimited, ServiceError
from services.db import database
from services.messages import edits, messages, reports
from services.messages.reports import ReportView
from services.rooms import settings
from services.rooms.members import direct_messages, memberships
from tests.conftest import People
from tests.roles import Cast, set_role


async def say(viewer: CurrentUser, room: int, text: str = "Silly thing") -> int:
    sent, _new = await messages.send(
        viewer, room, text, f"said-{viewer.username}-{text}".replace(" ", "-")
    )
    return sent.seq


def texts(found: list[ReportView]) -> list[tuple[str, str, str, str]]:
    return [
        (each.author.username, each.text, each.reporter.username, each.reason) for each in found
    ]


async def test_moderators_and_administrators_see_it(all_roles: Cast) -> None:
    seq = await say(all_roles.member, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, seq, " Not kind ")
    expected = [("ben", "Silly thing", "eli", "Not kind")]
    for role in ("owner", "moderator"):
        assert texts(await reports.of_room(all_roles[role], all_roles.room)) == expected
    assert texts(await reports.list_all(all_roles.owner)) == expected
    with pytest.raises(Forbidden):
        await reports.of_room(all_roles.member, all_roles.room)
    with pytest.raises(NotFound):
        await reports.of_room(all_roles.outsider, all_roles.room)
    with pytest.raises(Forbidden):
        await reports.list_all(all_roles.moderator)


async def test_the_text_stays_as_it_was(all_roles: Cast) -> None:
    seq = await say(all_roles.member, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, seq)
    await edits.edit(all_roles.member, all_roles.room, seq, "Nice thing")
    await edits.delete(all_roles.member, all_roles.room, seq)
    [found] = await reports.of_room(all_roles.moderator, all_roles.room)
    assert found.text == "Silly thing"
    await settings.delete(all_roles.owner, all_roles.room, "Study group")
    [found] = await reports.list_all(all_roles.owner)
    assert (found.text, found.room_name) == ("Silly thing", "Study group")
    await reports.delete_message(all_roles.owner, found.report_id)


async def test_its_author_sees_nothing_of_it(all_roles: Cast) -> None:
    seq = await say(all_roles.moderator, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, seq)
    assert await reports.of_room(all_roles.moderator, all_roles.room) == []
    [found] = await reports.of_room(all_roles.owner, all_roles.room)
    for action in (reports.handle, reports.delete_message):
        with pytest.raises(NotFound):
            await action(all_roles.moderator, found.report_id)
    by_asha = await say(all_roles.owner, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, by_asha)
    assert [each.author.username for each in await reports.list_all(all_roles.owner)] == ["mira"]
    assert [
        each.author.username for each in await reports.of_room(all_roles.moderator, all_roles.room)
    ] == ["asha"]


async def test_one_report_each(all_roles: Cast) -> None:
    seq = await say(all_roles.member, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, seq)
    with pytest.raises(ServiceError, match="already"):
        await reports.report(all_roles.other, all_roles.room, seq)
    await reports.report(all_roles.moderator, all_roles.room, seq)
    assert len(await reports.of_room(all_roles.owner, all_roles.room)) == 2


async def test_what_cannot_be_reported(all_roles: Cast) -> None:
    seq = await say(all_roles.member, all_roles.room)
    with pytest.raises(Forbidden, match="yourself"):
        await reports.report(all_roles.member, all_roles.room, seq)
    with pytest.raises(NotFound):
        await reports.report(all_roles.outsider, all_roles.room, seq)
    for number in (0, -1, 99, 2**70):
        with pytest.raises(NotFound):
            await reports.report(all_roles.other, all_roles.room, number)
    app_context.current().rate_limits.report.forget(all_roles.other.user_id)
    for reason in ("x" * 201, "\ud800", 5, "\u202e"):
        with pytest.raises(ServiceError):
            await reports.report(all_roles.other, all_roles.room, seq, reason)
    app_context.current().rate_limits.report.forget(all_roles.other.user_id)
    await edits.delete(all_roles.member, all_roles.room, seq)
    with pytest.raises(NotFound):
        await reports.report(all_roles.other, all_roles.room, seq)
    assert await reports.list_all(all_roles.owner) == []


async def test_reports_are_rate_limited(all_roles: Cast) -> None:
    for number in range(5):
        seq = await say(all_roles.member, all_roles.room, f"Thing {number}")
        await reports.report(all_roles.other, all_roles.room, seq)
    with pytest.raises(RateLimited):
        await reports.report(all_roles.other, all_roles.room, seq)


async def test_it_is_handled(all_roles: Cast) -> None:
    seq = await say(all_roles.member, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, seq)
    [found] = await reports.of_room(all_roles.moderator, all_roles.room)
    assert found.handled_by is None
    for nobody in (all_roles.other, all_roles.outsider):
        with pytest.raises(NotFound):
            await reports.handle(nobody, found.report_id)
    await reports.handle(all_roles.moderator, found.report_id)
    await reports.handle(all_roles.owner, found.report_id)
    [found] = await reports.of_room(all_roles.moderator, all_roles.room)
    assert found.handled_by == all_roles.moderator.person
    assert (await messages.get(all_roles.owner, all_roles.room, seq)).text == "Silly thing"


async def test_the_message_is_deleted(all_roles: Cast) -> None:
    seq = await say(all_roles.member, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, seq, "Not kind")
    [found] = await reports.of_room(all_roles.moderator, all_roles.room)
    await reports.delete_message(all_roles.moderator, found.report_id)
    with pytest.raises(NotFound):
        await messages.get(all_roles.owner, all_roles.room, seq)
    [entry] = await audit.list_all(all_roles.owner)
    assert (entry.action, entry.actor.username, entry.reason) == (
        "message_deleted",
        "mira",
        "Not kind",
    )
    [found] = await reports.of_room(all_roles.moderator, all_roles.room)
    assert found.handled_by == all_roles.moderator.person
    await reports.delete_message(all_roles.moderator, found.report_id)  # nothing happens


async def test_administrators_delete_what_is_reported_from_rooms_they_are_not_in(
    people: People,
) -> None:
    direct = await direct_messages.open(people.ben, ["chen"])
    seq = await say(people.ben, direct)
    await reports.report(people.chen, direct, seq)
    with pytest.raises(NotFound):
        await messages.get(people.asha, direct, seq)
    [found] = await reports.list_all(people.asha)
    assert (found.room_name, found.text) == ("", "Silly thing")
    with pytest.raises(NotFound):  # who reports it does not decide
        await reports.delete_message(people.chen, found.report_id)
    await reports.delete_message(people.asha, found.report_id)
    with pytest.raises(NotFound):
        await messages.get(people.chen, direct, seq)


async def test_who_moderates_no_longer_handles_nothing(all_roles: Cast) -> None:
    seq = await say(all_roles.member, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, seq)
    [found] = await reports.of_room(all_roles.moderator, all_roles.room)
    await set_role(all_roles.room, all_roles.moderator, Role.MEMBER)
    with pytest.raises(NotFound):
        await reports.handle(all_roles.moderator, found.report_id)
    await memberships.leave(all_roles.moderator, all_roles.room)
    with pytest.raises(NotFound):
        await reports.delete_message(all_roles.moderator, found.report_id)


async def test_handled_reports_are_dropped_after_some_time(all_roles: Cast) -> None:
    seq = await say(all_roles.member, all_roles.room)
    await reports.report(all_roles.other, all_roles.room, seq)
    long_ago = now() - 2 * reports.KEPT_FOR
    await database.write(lambda session: session.exec(update(Report).values(handled_at=long_ago)))
    another = await say(all_roles.member, all_roles.room, "Another")
    await reports.report(all_roles.other, all_roles.room, another)
    assert [each.text for each in await reports.list_all(all_roles.owner)] == ["Another"]
