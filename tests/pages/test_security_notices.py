"""What a page tells about the security of an account."""

from chat_ui.people.security_notices import MAX_SHOWN
from chat_ui.realtime import subscriptions
from models import NoticeKind
from models.clock import now
from services.accounts.security import security_notices
from services.core.dto import NoticeView
from services.db import database
from tests.pages.conftest import Guest


async def test_every_kind_has_a_sentence(ben: Guest) -> None:
    client = await ben.open("/")
    page = subscriptions.page_of(client.id)
    assert page is not None
    for number, kind in enumerate(NoticeKind):
        page.show_notices([NoticeView(number, kind, f"detail {number}", now())])
    shown = [each.props["innerHTML"] for each in ben.elements(data_testid="security-notice")]
    assert len(shown) == len(NoticeKind)
    assert len({each.split("</b>")[0] for each in shown}) == len(NoticeKind)


async def test_a_page_shows_so_many_at_a_time(ben: Guest) -> None:
    client = await ben.open("/")
    page = subscriptions.page_of(client.id)
    assert page is not None
    for number in range(MAX_SHOWN + 5):
        page.show_notices([NoticeView(number, NoticeKind.NEW_LOGIN, f"detail {number}.", now())])
    shown = [each.props["innerHTML"] for each in ben.elements(data_testid="security-notice")]
    assert len(shown) == MAX_SHOWN
    assert "detail 14." in shown[-1]


async def test_a_hostile_device_name_is_text(ben: Guest) -> None:
    viewer = await ben.viewer()
    await database.write(
        lambda session: security_notices.add(
            session, viewer.user_id, NoticeKind.NEW_LOGIN, "<img src=x onerror=alert(1)>"
        )
    )
    await ben.open("/")
    [shown] = ben.elements(data_testid="security-notice")
    assert "&lt;img" in shown.props["innerHTML"]
    assert await security_notices.mine(viewer) == []


async def test_those_in_between_are_not_told(asha: Guest, ben: Guest) -> None:
    viewer = await ben.viewer()
    await database.write(
        lambda session: security_notices.add(session, viewer.user_id, NoticeKind.NEW_LOGIN, "x")
    )
    await asha.open("/")
    assert asha.elements(data_testid="security-notice") == []
    assert len(await security_notices.mine(viewer)) == 1
