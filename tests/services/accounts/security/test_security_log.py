"""The security log: what is recorded, folding of floods, and a chain that shows tampering."""

import asyncio
from datetime import timedelta

import pytest

from models import SecurityKind, User
from models.clock import now
from services.accounts import accounts
from services.accounts.passwords import password_resets
from services.accounts.passwords.password_login import WrongPassword
from services.accounts.security import security_chain, security_log
from services.accounts.security.security_chain import Break
from services.accounts.security.security_log import SecurityView
from services.accounts.sessions import sessions
from services.core.dto import Visitor
from services.core.errors import Forbidden, RateLimited
from services.core.limits.rate_limits import RateLimit
from services.core.settings import Settings
from services.db import database
from services.registration import invites
from tests import postgres
from tests.conftest import HERE, PASSWORD, People

NEW_PASSWORD = "another good battery"


@pytest.fixture(autouse=True)
def _fresh_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security_log, "_own_entries", RateLimit("10 per minute"))


async def newest(people: People, count: int = 1, **filters: str) -> list[SecurityView]:
    return (await security_log.list_all(people.asha, **filters))[:count]


async def kinds(people: People, count: int) -> list[str]:
    return [each.kind for each in await newest(people, count)]


async def verified() -> security_chain.Verification:
    return await database.read(security_chain.verify)


async def test_logins_and_changes_are_recorded(people: People) -> None:
    entered = await accounts.login(Visitor("192.0.2.7", "Firefox"), "ben", PASSWORD)
    viewer = await sessions.resume(entered.token)
    assert viewer is not None
    await accounts.change_password(viewer, PASSWORD, NEW_PASSWORD)
    await accounts.logout(viewer)
    token = await password_resets.create(people.asha, people.chen.user_id)
    await password_resets.use(HERE, token, NEW_PASSWORD)
    await invites.create(people.asha, days=1, uses=1)
    assert await kinds(people, 7) == [
        SecurityKind.INVITE_MADE,
        SecurityKind.LOGIN,
        SecurityKind.RESET_LINK_USED,
        SecurityKind.RESET_LINK_MADE,
        SecurityKind.LOGOUT,
        SecurityKind.PASSWORD_CHANGED,
        SecurityKind.LOGIN,
    ]
    _invite, _entered, _used, made, left, changed, login = await newest(people, 7)
    assert (login.person, login.address, login.device) == ("ben", "192.0.2.7", "Firefox")
    assert (changed.actor, changed.address, changed.device) == ("ben", "192.0.2.7", "Firefox")
    assert left.actor == "ben"
    assert (made.actor, made.person) == ("asha", "chen")
    assert (await verified()).broken is None


async def test_it_is_filtered_by_kind_and_person(people: People) -> None:
    await accounts.login(HERE, "ben", PASSWORD)
    await accounts.login(HERE, "chen", PASSWORD)
    await password_resets.create(people.asha, people.ben.user_id)
    of_ben = await newest(people, 99, username="@Ben")
    assert [each.kind for each in of_ben] == ["reset_link_made", "login", "registered"]
    assert [each.person for each in await newest(people, 99, kind="login")] == ["chen", "ben"]
    assert await newest(people, 99, username="nobody at all") == []
    assert await newest(people, 99, kind="no kind") == []


async def test_it_is_for_administrators(people: People) -> None:
    with pytest.raises(Forbidden):
        await security_log.list_all(people.ben)


async def test_failed_logins_are_folded(people: People) -> None:
    for _try in range(4):
        with pytest.raises(WrongPassword):
            await accounts.login(HERE, "ben", "wrong")
    with pytest.raises(WrongPassword):
        await accounts.login(HERE, "my secret password", "in the wrong field")
    unknown, known = await newest(people, 2)
    assert (known.kind, known.person, known.count) == ("login_failed", "ben", 4)
    assert (unknown.kind, unknown.person, unknown.detail) == ("login_failed", "", "")


async def test_throttled_logins_are_recorded(people: People) -> None:
    for _try in range(5):
        with pytest.raises(WrongPassword):
            await accounts.login(HERE, "ben", "wrong")
    with pytest.raises(RateLimited):
        await accounts.login(HERE, "ben", PASSWORD)
    assert await kinds(people, 2) == ["throttled", "login_failed"]


async def test_a_flood_from_everywhere_is_few_entries(people: People) -> None:
    before = (await verified()).count
    for number in range(5_000):
        visitor = Visitor(f"2001:db8:{number:x}::/64", f"agent {number}")
        security_log.note(SecurityKind.LOGIN_FAILED, visitor)
    assert len(security_log._pending) == 11
    await security_log.flush()
    assert (await verified()).count == before + 11
    rest = (await newest(people))[0]
    assert (rest.address, rest.device, rest.detail, rest.count) == ("", "", "others", 4_990)


async def test_a_flood_does_not_hide_another_kind(people: People) -> None:
    for number in range(50):
        security_log.note(SecurityKind.LOGIN_FAILED, Visitor(f"192.0.2.{number}", ""))
    security_log.note(SecurityKind.REFUSED, HERE, detail="origin")
    assert (await newest(people, kind="refused"))[0].address == HERE.address


async def test_what_was_counted_is_stored_soon(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security_log, "FIRST_SECONDS", 0)
    before = (await verified()).count
    security_log.note(SecurityKind.LOGIN_FAILED, HERE)
    async with asyncio.timeout(15):  # however long the disk takes
        while (await verified()).count <= before:
            await asyncio.sleep(0.01)


def tamper(settings: Settings, *statements: str) -> None:
    """Change the database as somebody who can write to its file."""
    with postgres.connect(settings.data) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "broken", "number"),
    [
        ("UPDATE security_events SET person = 'eve' WHERE id = 2", Break.CHANGED, 2),
        ("UPDATE security_events SET at = x'00ff' WHERE id = 2", Break.CHANGED, 2),
        ("UPDATE security_events SET person_id = NULL WHERE id = 1", Break.CHANGED, 1),
        ("UPDATE security_events SET hash = 'made up' WHERE id = 3", Break.CHANGED, 3),
        ("DELETE FROM security_events WHERE id = 2", Break.MISSING, 2),
        ("DELETE FROM security_events WHERE id = 1", Break.BEGINNING, 1),
        ("DELETE FROM security_events WHERE id = 3", Break.END, 2),
        ("DELETE FROM security_events", Break.END, 0),
        (
            "INSERT INTO security_events SELECT 4, at, kind, actor_id, actor, person_id, person,"
            " address, device, count, detail, hash FROM security_events WHERE id = 3",
            Break.CHANGED,
            4,
        ),
        ("UPDATE security_log_state SET dropped_id = 1", Break.BEGINNING, 2),
        ("DELETE FROM security_log_state", Break.BEGINNING, 0),
    ],
)
async def test_tampering_shows(
    people: People, app_settings: Settings, statement: str, broken: Break, number: int
) -> None:
    # The three people have registered.
    assert (await verified()).count == 3
    tamper(app_settings, statement)
    found = await verified()
    assert (found.broken, found.broken_id) == (broken, number)


async def test_a_cut_beginning_shows(people: People, app_settings: Settings) -> None:
    """Also when the state says that these entries were dropped because of their age."""
    tamper(
        app_settings,
        "UPDATE security_log_state SET dropped_id = 1,"
        " dropped_hash = (SELECT hash FROM security_events WHERE id = 1)",
        "DELETE FROM security_events WHERE id = 1",
    )
    found = await verified()
    assert (found.broken, found.broken_id) == (Break.BEGINNING, 2)


async def test_the_oldest_are_dropped_when_there_are_too_many(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security_chain, "DROP_EVERY", 1)
    monkeypatch.setattr(security_chain, "MAX_ENTRIES", 20)
    monkeypatch.setattr(security_chain, "DROPPED_AT_ONCE", 5)
    for _entry in range(100):
        await database.write(
            lambda session: security_log.record(session, SecurityKind.LOGOUT, people.ben)
        )
        found = await verified()
        assert found.broken is None
        assert found.count <= 26
    trimmed = (await newest(people, kind="trimmed"))[0]
    assert int(trimmed.detail.split()[0]) > 50


async def test_the_oldest_are_dropped_after_some_time(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security_chain, "DROP_EVERY", 1)
    future = now() + security_chain.MAX_AGE + timedelta(days=2)
    monkeypatch.setattr(security_chain, "now", lambda: future)
    await accounts.login(HERE, "ben", PASSWORD)
    await accounts.login(HERE, "chen", PASSWORD)
    assert await kinds(people, 99) == ["login", "trimmed", "login"]
    assert (await verified()).broken is None


async def test_a_failed_change_leaves_no_entry(people: People) -> None:
    def fails(session: object) -> None:
        security_log.record(session, SecurityKind.LOGOUT, people.ben)  # type: ignore[arg-type]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fails)
    assert await kinds(people, 1) == ["registered"]
    assert (await verified()).broken is None


async def test_names_outlive_a_change_of_the_account(people: People) -> None:
    await accounts.login(HERE, "ben", PASSWORD)

    def rename(session: object) -> None:
        user = session.get(User, people.ben.user_id)  # type: ignore[attr-defined]
        user.username = "benjamin"

    await database.write(rename)
    assert (await newest(people))[0].person == "ben"
    assert (await verified()).broken is None
