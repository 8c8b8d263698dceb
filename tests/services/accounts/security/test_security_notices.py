"""What people are told about the security of their account."""

from sqlmodel import update

from models import NoticeKind, SecurityNotice
from models.clock import now
from services.accounts import accounts
from services.accounts.factors import second_factor, second_step
from services.accounts.factors.second_step import SecondStep
from services.accounts.passwords import password_resets
from services.accounts.security import security_notices
from services.accounts.security.security_notices import SHOWN_FOR
from services.accounts.sessions import sessions
from services.core import events
from services.core.dto import CurrentUser, Visitor
from services.db import database
from tests.conftest import HERE, PASSWORD, People
from tests.factors import add_app, add_passkey

NEW = "violet otter kettle"
PHONE = Visitor("192.0.2.7", "Safari · iPhone")


async def kinds(viewer: CurrentUser) -> list[tuple[str, str]]:
    """Return what a user has not been shown yet."""
    return [(each.kind, each.detail) for each in await security_notices.mine(viewer)]


async def test_a_login_on_a_new_device_is_told_elsewhere(
    people: People, published: list[object]
) -> None:
    entered = await accounts.login(PHONE, "ben", PASSWORD)
    [event] = [each for each in published if isinstance(each, events.SecurityNoticeAdded)]
    phone = await sessions.resume(entered.token)
    assert (event.user_id, event.session_id) == (people.ben.user_id, phone.session_id)
    told = [(NoticeKind.NEW_LOGIN, "Safari · iPhone · 192.0.2.7")]
    assert await kinds(people.ben) == told
    assert await kinds(phone) == []
    assert await kinds(people.chen) == []
    published.clear()
    await accounts.login(PHONE, "ben", PASSWORD, entered.device)
    assert published == []
    assert await kinds(people.ben) == told


async def test_a_notice_is_shown_once(people: People) -> None:
    await accounts.login(PHONE, "ben", PASSWORD)
    [notice] = await security_notices.mine(people.ben)
    await security_notices.mark_shown(people.chen, [notice.notice_id])
    assert await security_notices.mine(people.ben) == [notice]
    await security_notices.mark_shown(people.ben, [notice.notice_id])
    assert await security_notices.mine(people.ben) == []


async def test_whoever_came_in_cannot_take_the_notices_of_others(people: People) -> None:
    thief = await sessions.resume((await accounts.login(PHONE, "ben", PASSWORD)).token)
    again = await sessions.resume((await accounts.login(PHONE, "ben", PASSWORD)).token)
    for viewer in (thief, again):
        shown = await security_notices.mine(viewer)
        await security_notices.mark_shown(viewer, [each.notice_id for each in shown])
        assert await kinds(viewer) == []
    assert await kinds(people.ben) == [
        (NoticeKind.NEW_LOGIN, "Safari · iPhone · 192.0.2.7") for _login in range(2)
    ]
    later = await sessions.resume((await accounts.login(HERE, "ben", PASSWORD)).token)
    assert len(await kinds(later)) == 2


async def test_old_notices_are_not_shown(people: People) -> None:
    await accounts.login(PHONE, "ben", PASSWORD)
    await database.write(
        lambda session: session.exec(update(SecurityNotice).values(at=now() - SHOWN_FOR))
    )
    assert await kinds(people.ben) == []


async def test_every_change_of_how_one_logs_in_is_told(people: People) -> None:
    other = await sessions.resume((await accounts.login(HERE, "ben", PASSWORD)).token)
    [first] = await security_notices.mine(people.ben)
    await security_notices.mark_shown(people.ben, [first.notice_id])
    _app, codes = await add_app(people.ben)
    await add_passkey(people.ben, "Key")
    step = await accounts.login(PHONE, "ben", PASSWORD)
    assert isinstance(step, SecondStep)
    await second_step.finish(PHONE, step.token, codes[0])
    await second_factor.renew_codes(people.ben)
    [passkey] = (await second_factor.overview(people.ben)).passkeys
    await second_factor.remove_passkey(people.ben, passkey.passkey_id)
    await second_factor.remove_app(people.ben)
    await add_app(people.ben)
    await second_factor.remove_of(people.asha, people.ben.user_id)
    await accounts.change_password(people.ben, PASSWORD, NEW)
    by = "Safari · iPhone · 192.0.2.7"
    assert await kinds(other) == [
        (NoticeKind.APP_ADDED, ""),
        (NoticeKind.PASSKEY_ADDED, "Key"),
        (NoticeKind.CODE_USED, by),
        (NoticeKind.NEW_LOGIN, by),
        (NoticeKind.CODES_RENEWED, ""),
        (NoticeKind.PASSKEY_REMOVED, "Key"),
        (NoticeKind.APP_REMOVED, ""),
        (NoticeKind.APP_ADDED, ""),
        (NoticeKind.FACTORS_REMOVED_BY_ADMIN, ""),
        (NoticeKind.PASSWORD_CHANGED, ""),
    ]
    assert {kind for kind, _detail in await kinds(people.ben)} == {
        NoticeKind.CODE_USED,
        NoticeKind.NEW_LOGIN,
        NoticeKind.FACTORS_REMOVED_BY_ADMIN,
    }, "the session that did the others is not told of them"


async def test_a_password_link_is_told(people: People) -> None:
    link = await password_resets.create(people.asha, people.ben.user_id)
    await password_resets.use(PHONE, link, NEW)
    assert (NoticeKind.PASSWORD_CHANGED, "") in await kinds(people.ben)


async def test_few_notices_are_kept(people: People) -> None:
    for number in range(security_notices.MAX_KEPT + 3):
        await database.write(
            lambda session, number=number: security_notices.add(
                session, people.ben.user_id, NoticeKind.NEW_LOGIN, str(number)
            )
        )
    numbers = [int(detail) for _kind, detail in await kinds(people.ben)]
    assert numbers == list(range(3, 23))
