"""The pages of administrators: accounts, password links and the security log."""

from tests.pages.conftest import Guest


async def manage(asha: Guest, other: Guest) -> None:
    """Open the dialog about an account."""
    await asha.open("/people")
    user_id = (await other.viewer()).user_id
    [button] = asha.elements(data_testid="manage-account", data_user=str(user_id))
    await asha.tell(button, "click", {})


async def test_an_account_is_disabled_and_enabled(asha: Guest, ben: Guest) -> None:
    await manage(asha, ben)
    await asha.user.should_see("1 active session")
    await asha.press("Disable")
    await asha.user.should_see(">disabled<")
    assert "Account disabled." in asha.notifications
    assert (await ben.user.http_client.get("/")).status_code == 303
    [manage_ben] = asha.elements(data_testid="manage-account", data_user="2")
    await asha.tell(manage_ben, "click", {})
    await asha.press("Enable account")
    assert "Account enabled." in asha.notifications
    await asha.user.should_not_see(">disabled<")


async def test_a_new_administrator_has_the_pages_at_once(asha: Guest, ben: Guest) -> None:
    assert await ben.status("/people") == 404
    await manage(asha, ben)
    await asha.press("Make administrator")
    await manage(ben, asha)
    await ben.press("Remove as administrator")
    await asha.user.should_see("Only administrators can do this.")


async def test_the_last_administrator_is_told_why_not(asha: Guest) -> None:
    await manage(asha, asha)
    await asha.press("Remove as administrator")
    assert asha.notifications == [
        "The chat needs an administrator. Make someone else an administrator first."
    ]


async def test_open_password_links_are_listed_and_revoked(asha: Guest, ben: Guest) -> None:
    await asha.open("/people")
    await asha.user.should_not_see("Open password reset links")
    await asha.press("Password reset link")
    link = asha.elements(name="link")[0].props["^value"]
    await asha.open("/people")
    await asha.user.should_see("Open password reset links")
    await asha.user.should_see("Created by @asha")
    await asha.user.should_not_see(link.rsplit("/", 1)[1])
    assert await asha.status(link.removeprefix("http://localhost")) == 200
    await asha.press("Revoke")
    await asha.user.should_not_see("Open password reset links")
    assert await asha.status(link.removeprefix("http://localhost")) == 404


async def test_the_security_log_is_filtered(asha: Guest, ben: Guest) -> None:
    await asha.open("/security")
    await asha.user.should_see("@ben</bdi></b> created an account")
    await asha.open("/security?person=asha")
    await asha.user.should_not_see("@ben</bdi></b> created an account")
    await asha.user.should_see("@asha</bdi></b> created an account")
    await asha.open("/security?kind=login_failed")
    await asha.user.should_see("Nothing yet.")
