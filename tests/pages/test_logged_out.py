"""What somebody without a session sees."""

from nicegui import Client
from nicegui.testing import User

from services.accounts.sessions import sessions
from services.db import database
from tests.conftest import PASSWORD
from tests.pages.conftest import ORIGIN, Guest


async def test_whoever_comes_first_is_told_where_to_begin(user: User) -> None:
    page = (await user.http_client.get("/login")).text
    assert "Create the first account" in page


async def test_later_the_login_page_is_only_that(user: User, asha: Guest) -> None:
    page = (await user.http_client.get("/login")).text
    assert "Create the first account" not in page
    for field in ("username", "password"):
        assert f'"name":"{field}"' in page


async def test_every_other_page_leads_to_the_login(user: User, asha: Guest) -> None:
    for path in ("/", "/rooms", "/rooms/1", "/account", "/people", "/nowhere"):
        answer = await user.http_client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login"), path


async def test_a_refused_login_shows_one_sentence_and_keeps_the_name(
    user: User, asha: Guest
) -> None:
    answer = await user.http_client.post(
        "/login", data={"username": "asha", "password": "wrong" + PASSWORD}, headers=ORIGIN
    )
    assert answer.status_code == 401
    assert "Wrong username or password" in answer.text
    assert '"^value":"asha"' in answer.text
    assert "wrong" + PASSWORD not in answer.text


async def test_pages_outside_stay_nowhere(user: User) -> None:
    before = len(Client.instances)
    for path in ("/login", "/register", "/reset/none"):
        await user.http_client.get(path)
    assert len(Client.instances) == before


async def test_logging_in_opens_the_chat(user: User, asha: Guest) -> None:
    answer = await user.http_client.post(
        "/login", data={"username": "asha", "password": PASSWORD}, headers=ORIGIN
    )
    assert answer.headers["location"] == "/"
    await user.open("/")
    await user.should_see("Lobby")
    await user.should_see("asha")


async def test_that_a_session_has_ended_is_said_once(user: User, asha: Guest) -> None:
    user_id = (await asha.viewer()).user_id
    await database.write(lambda session: sessions.end_all(session, user_id))
    ended = "Your session has ended"
    assert [ended in (await asha.user.http_client.get("/login")).text for _ in range(2)] == [
        True,
        False,
    ]
