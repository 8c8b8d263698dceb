"""Two-step login in a browser: with an app, with passkeys of a virtual device, and what is told."""

import re
import time

import pyotp
import pytest
from playwright.sync_api import Locator, expect

from tests import postgres
from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Person
from tests.server import Server

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A device with a fingerprint sensor that always agrees (Chrome DevTools Protocol, WebAuthn)."""


def named(address: str) -> str:
    """Return the address by name: passkeys belong to one."""
    return address.replace("127.0.0.1", "localhost")


def add_device(person: Person) -> None:
    """Give a browser a device with passkeys."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def account(person: Person) -> Locator:
    """Open the account page; return the card about two-step login."""
    person.page.goto(f"{person.address}/account")
    card = person.page.locator(".card", has_text="Two-step login")
    card.wait_for()
    return card


def code_of(secret: str, *, ahead: int = 0) -> str:
    """Return the code of an app, or one that is next."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + ahead)


def fill_in(person: Person, name: str, **fields: str) -> None:
    """Send the form with these fields."""
    for field, value in fields.items():
        person.page.fill(f"input[name={field}]", value)
    person.page.get_by_role("button", name=name, exact=True).click()


def start_login(person: Person) -> None:
    """Enter name and password; the second step is asked for."""
    person.log_out()
    fill_in(person, "Log in", username=person.name, password=PASSWORD)
    person.page.wait_for_url("**/login/step")


@pytest.mark.long  # tests/services/accounts and tests/hostile ask for codes, too
def test_an_app_is_set_up_and_asked_for(enter: Enter) -> None:
    nora = enter("nora", new=True).sign_up()
    card = account(nora)
    card.get_by_role("button", name="Set up").click()
    expect(nora.page.locator(".qr svg")).to_be_visible()
    secret = nora.page.get_by_test_id("secret").inner_text().replace(" ", "")
    fill_in(nora, "Turn on", code="000000")
    expect(nora.page.get_by_text("Wrong code.")).to_be_visible()
    fill_in(nora, "Turn on", code=code_of(secret))
    codes = nora.page.get_by_test_id("recovery-codes").inner_text().split()
    assert len(codes) == 10
    nora.page.get_by_role("button", name="I saved them").click()
    expect(card).to_contain_text("10 of 10 left")

    start_login(nora)
    nora.complaints.expect("401")
    fill_in(nora, "Log in", code="000000")
    expect(nora.page.get_by_text("This code is wrong")).to_be_visible()
    nora.page.get_by_label("Don't ask on this device").check()
    fill_in(nora, "Log in", code=code_of(secret, ahead=1))
    nora.wait()

    nora.log_out()
    fill_in(nora, "Log in", username="nora", password=PASSWORD)
    nora.wait()  # this device is not asked again

    card = account(nora)
    expect(card).to_contain_text("1 device is not asked")
    card.get_by_role("button", name="Ask again everywhere").click()
    expect(card).not_to_contain_text("is not asked")
    start_login(nora)
    fill_in(nora, "Log in", code=codes[0])
    nora.wait()
    expect(account(nora)).to_contain_text("9 of 10 left")


@pytest.mark.long  # tests/services/accounts adds and uses passkeys
def test_a_passkey_is_added_used_and_removed(enter: Enter, server: Server) -> None:
    otto = enter("otto", new=True, address=named(server.address), permissions=[])
    otto.sign_up().open()
    add_device(otto)
    card = account(otto)
    card.get_by_label("Passkey name").fill("Laptop")
    card.get_by_role("button", name="Add a passkey").click()
    otto.page.get_by_role("button", name="I saved them").click()
    entry = card.get_by_test_id("passkey")
    expect(entry).to_contain_text("Laptop")
    expect(entry).to_contain_text("localhost")
    card.get_by_role("button", name="Add a passkey").click()  # the device has it already
    expect(otto.page.get_by_text("The passkey was not used.")).to_be_visible()
    expect(entry).to_have_count(1)

    otto.log_out()  # without a name or password
    otto.page.get_by_role("button", name="Use a passkey").click()
    otto.wait()
    start_login(otto)  # as the second step
    otto.page.get_by_role("button", name="Use a passkey").click()
    otto.wait()
    card = account(otto)
    expect(entry).to_contain_text("Last used:")
    with postgres.connect(server.data) as database:
        database.execute("UPDATE sessions SET confirmed_at = NULL")
    entry.get_by_role("button", name="Remove").click()
    question = otto.page.locator(".dialog", has_text="Confirm it's you")
    question.get_by_role("button", name="Use a passkey").click()
    expect(entry).to_have_count(0)
    otto.log_out()
    otto.page.get_by_role("button", name="Use a passkey").click()
    otto.complaints.expect("401")
    expect(
        otto.page.get_by_text(re.compile("The passkey was not used|could not be verified"))
    ).to_be_visible()


@pytest.mark.long  # a further detail
def test_where_there_can_be_no_passkeys_the_page_says_why(enter: Enter) -> None:
    ruth = enter("ruth", new=True).sign_up()
    card = account(ruth)
    expect(card.get_by_text("Passkeys need an up-to-date browser")).to_be_visible()
    expect(card.get_by_role("button", name="Add a passkey")).to_be_hidden()
    ruth.log_out()
    expect(ruth.page.get_by_role("button", name="Log in")).to_be_visible()
    expect(ruth.page.get_by_role("button", name="Use a passkey")).to_be_hidden()


@pytest.mark.parametrize("closes", ["OK", pytest.param("My account", marks=pytest.mark.long)])
def test_a_login_on_a_new_device_is_told_on_open_pages(enter: Enter, closes: str) -> None:
    name = f"sara{len(closes)}"
    laptop = enter(name, new=True).sign_up().open()
    phone = enter(name, new=True).log_in()
    notice = laptop.page.get_by_test_id("security-notice")
    expect(notice).to_contain_text("Someone logged in to your account on a new device")
    expect(notice).to_contain_text("127.0.0.1")
    expect(phone.page.get_by_test_id("security-notice")).to_have_count(0)
    laptop.page.locator(".security-notices").get_by_text(closes, exact=True).click()
    expect(notice).to_have_count(0)
    laptop.open("/")
    expect(notice).to_have_count(0)


@pytest.mark.long  # tests/services/accounts tells it once, too
def test_what_happened_meanwhile_is_told_once(enter: Enter) -> None:
    laptop = enter("tom", new=True).sign_up().open()
    laptop.page.goto("about:blank")
    enter("tom", new=True).log_in()
    laptop.open("/")
    notice = laptop.page.get_by_test_id("security-notice")
    expect(notice).to_contain_text("Someone logged in")
    laptop.open("/")
    expect(notice).to_have_count(0)
