"""A page asks who it is before a sensitive action, and then goes on with it."""

from tests.conftest import PASSWORD, confirmed
from tests.pages.conftest import Guest


async def answer(guest: Guest, password: str) -> None:
    """Type a password in the dialog that asks who it is."""
    await guest.tell(guest.listening("filled")[-1], "filled", {"detail": {"password": password}})


async def test_a_reset_link_takes_the_password(asha: Guest, ben: Guest) -> None:
    await confirmed(await asha.viewer(), None)
    await asha.open("/people")
    await asha.press("Password reset link")
    await asha.user.should_see("Confirm it's you")
    assert asha.elements(name="link") == []
    await answer(asha, "not hers")
    assert list(asha.refusals.values()) == ["Wrong password. Try again."]
    assert asha.elements(name="link") == []
    await answer(asha, PASSWORD)
    await asha.user.should_see("Send this link to the account's owner.")
    await asha.user.should_not_see("Confirm it's you")
    assert asha.elements(name="link")[0].props["^value"].startswith("http://localhost/reset/")


async def test_an_answer_given_twice_goes_on_once(asha: Guest, ben: Guest) -> None:
    await confirmed(await asha.viewer(), None)
    await asha.open("/people")
    await asha.press("Password reset link")
    dialog = asha.listening("filled")[-1]
    await answer(asha, PASSWORD)
    first = asha.elements(name="link")[0].props["^value"]
    await asha.tell(dialog, "filled", {"detail": {"password": PASSWORD}})
    assert asha.elements(name="link")[0].props["^value"] == first


async def test_nothing_is_asked_just_after_the_login(asha: Guest, ben: Guest) -> None:
    await asha.open("/people")
    await asha.press("Password reset link")
    await asha.user.should_see("Send this link to the account's owner.")
