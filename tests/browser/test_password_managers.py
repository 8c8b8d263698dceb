"""Password managers know whose password a form is about, and nothing else is taken for one."""

import pytest

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server

FIELDS = """[...document.querySelectorAll("form:has([type=password])")].map(
  (form) => [...form.elements].filter(({ name }) => name)
    .map(({ autocomplete, value, type }) => [autocomplete, type === "password" ? "" : value]))"""
OTHERS = """[...document.querySelectorAll("input:not([type=hidden]), textarea")].filter(
  (field) => !field.closest("form:has([type=password])")
    && (field.autocomplete || field.form?.autocomplete) !== "off"
    && !["checkbox", "radio", "file", "range"].includes(field.type))
  .map((field) => field.outerHTML)"""


def test_a_changed_password_is_that_of_its_account(asha: Person) -> None:
    asha.open("/account", wait=False)
    asha.until("document.querySelector('[name=old]')")
    assert asha.page.evaluate(FIELDS) == [
        [["username", "asha"], ["current-password", ""], ["new-password", ""]]
    ]


@pytest.mark.long  # a further form
def test_a_password_that_was_forgotten_is_that_of_its_owner(
    asha: Person, enter: Enter, server: Server
) -> None:
    stored.confirm(server.data)
    asha.open("/people", wait=False)
    entry = asha.page.locator(".entry", has_text="@ben")
    entry.get_by_role("button", name="Password reset link").click()
    link = asha.page.get_by_role("dialog").locator("input[value*='/reset/']").input_value()
    somebody = enter("somebody", new=True)
    somebody.page.goto(link)
    assert somebody.page.evaluate(FIELDS) == [[["username", "ben"], ["new-password", ""]]]


@pytest.mark.parametrize("address", ["/rooms/1", "/search", "/rooms", "/account"])
def test_no_other_field_is_filled_in(asha: Person, address: str) -> None:
    asha.open(address, wait=False)
    asha.until("document.querySelector('.main input, .main textarea')")
    assert asha.page.evaluate(OTHERS) == []


def test_the_page_that_managers_lead_to(asha: Person) -> None:
    asha.page.goto(f"{asha.address}/.well-known/change-password")
    assert asha.page.url == f"{asha.address}/account"
