"""Apps and bots on the account page: their tokens, their sessions, and where they connect."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from services.accounts.sessions import bot_tokens, devices, sessions
from services.core import app_context
from tests.conftest import HERE, PASSWORD, confirmed
from tests.factors import add_app
from tests.pages.conftest import Guest


def shown_token(guest: Guest) -> str:
    """Return the token that the dialog shows."""
    [field] = guest.elements(name="token")
    return str(field.props["^value"])


def html_of(element: object) -> str:
    return str(element.props.get("innerHTML", ""))  # type: ignore[attr-defined]


async def make(guest: Guest, name: str = "Reminder") -> None:
    """Make a token, as far as nothing is asked."""
    await guest.press("New token")
    await guest.tell(guest.listening("filled")[-1], "filled", {"detail": {"name": name}})


async def test_a_token_is_made_shown_once_and_revoked(ben: Guest) -> None:
    await ben.open("/account")
    await make(ben, "Tea <b>bot</b>")
    token = shown_token(ben)
    bot = await sessions.resume_bearer(token)
    assert bot is not None
    assert bot.username == "ben"
    await ben.user.should_see("Tea &lt;b&gt;bot")
    await ben.open("/account")
    assert not any(token in str(each.props) for each in ben.elements())
    [entry] = ben.elements(data_testid="token")
    assert "Last used:" in "".join(map(html_of, entry.descendants())), "just now, above"
    await ben.press("Revoke")
    assert await sessions.resume_bearer(token) is None
    assert ben.elements(data_testid="token") == []


async def test_making_and_revoking_take_the_password(ben: Guest) -> None:
    viewer = await ben.viewer()
    await ben.open("/account")
    await confirmed(viewer, None)
    await make(ben)
    await ben.user.should_see("Confirm it's you")
    assert await bot_tokens.mine(viewer) == []
    await ben.tell(ben.listening("filled")[-1], "filled", {"detail": {"password": PASSWORD}})
    assert await sessions.resume_bearer(shown_token(ben))
    await confirmed(viewer, None)
    await ben.press("Revoke")
    await ben.user.should_see("Confirm it's you")
    assert len(await bot_tokens.mine(viewer)) == 1


async def test_a_name_that_will_not_do_gets_a_sentence(ben: Guest) -> None:
    await ben.open("/account")
    for wrong in ("", "x" * 61):
        await make(ben, wrong)
        assert len(ben.refusals) == 1
    assert await bot_tokens.mine(await ben.viewer()) == []


async def test_sessions_of_apps_and_bots_are_told_apart(ben: Guest) -> None:
    viewer = await ben.viewer()
    opened = await devices.log_in("ben", PASSWORD, name="Pocket", visitor=HERE)
    token = await bot_tokens.create(viewer, "Reminder")
    await ben.open("/account")
    [app] = ben.elements(data_testid="session-app")
    [bot] = ben.elements(data_testid="session-bot")
    [browser] = ben.elements(data_testid="session-browser")
    for entry, words in (
        (app, ("smartphone", "Pocket", "App", "<time")),
        (bot, ("smart_toy", "Reminder", "Token of a bot", "Not used yet")),
        (browser, ("computer", "this device")),
    ):
        drawn = "".join(map(html_of, entry.descendants()))
        assert all(each in drawn for each in words), drawn
    await ben.user.should_see("That also revokes the tokens of bots.")
    await ben.press("Log out everywhere else")
    assert [await sessions.resume_bearer(each) for each in (token, opened.token)] == [None, None]
    await ben.user.should_not_see("That also revokes the tokens of bots.")


async def test_the_security_log_shows_the_name_that_was_given(asha: Guest) -> None:
    viewer = await asha.viewer()
    await bot_tokens.create(viewer, "page")  # which is also what a refusal is about
    [made] = await bot_tokens.mine(viewer)
    await bot_tokens.revoke(viewer, made.session_id)
    await asha.open("/security")
    drawn = "".join(map(html_of, asha.elements()))
    assert "created a token" in drawn
    assert "revoked a token" in drawn
    assert "another user&#39;s page" not in drawn
    assert "another user's page" not in drawn


@pytest.mark.parametrize("has_factor", [False, True])
async def test_the_address_is_shown_with_what_to_enter(ben: Guest, has_factor: bool) -> None:
    if has_factor:
        await add_app(await ben.viewer())
    await ben.open("/account")
    await ben.press("Show")
    drawn = "".join(map(html_of, ben.elements()))
    [address] = ben.elements(name="address")
    assert address.props["^value"] == "http://localhost"
    assert "<svg" in drawn
    await ben.user.should_see("This address works on this computer only.")
    for words, is_shown in (
        ("then your username and password.", not has_factor),
        ("and a token in place of your password.", has_factor),
    ):
        await (ben.user.should_see if is_shown else ben.user.should_not_see)(words)


@pytest.mark.parametrize("setting", [{"api": False}, {"bus": SecretStr("redis://localhost")}])
async def test_where_apps_are_not_answered_tokens_can_only_be_revoked(
    ben: Guest, setting: dict[str, object]
) -> None:
    context = app_context.current()
    without = replace(context, settings=context.settings.model_copy(update=setting))
    with pytest.MonkeyPatch.context() as patched:  # before it stops
        patched.setattr(app_context, "current", lambda: without)
        await ben.open("/account")
        await ben.user.should_see("Active sessions")
        await ben.user.should_not_see("Phone apps and bots")
        token = await bot_tokens.create(await ben.viewer(), "Reminder")
        await ben.open("/account")
        await ben.user.should_see("Phone apps and bots")
        await ben.user.should_not_see("New token")
        await ben.user.should_not_see("Address for apps and bots")
        await ben.press("Revoke")
        assert await sessions.resume_bearer(token) is None
