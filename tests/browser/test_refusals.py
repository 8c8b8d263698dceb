"""What a form refuses is tied to the field that it is about, which gets the focus."""

import pytest
from playwright.sync_api import Locator, expect

from models import RoomKind
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


def fill(form: Locator, **values: str) -> None:
    """Fill in fields by their names, and send the form by its button."""
    for name, value in values.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("button[type=submit]").click()


def is_about(form: Locator, name: str, sentence: str) -> None:
    """Wait until the form says this of that field, and of no other."""
    field = form.locator(f"[name={name}]")
    expect(form.get_by_role("alert")).to_contain_text(sentence)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    description = field.evaluate(
        "field => document.getElementById(field.getAttribute('aria-describedby')).textContent"
    )
    assert sentence in description
    expect(form.locator("[aria-invalid]")).to_have_count(1)
    expect(form.locator("[aria-describedby]")).to_have_count(1)


def test_a_refusal_goes_from_field_to_field(asha: Person, server: Server, room: int) -> None:
    stored.make_room(server.data, "Market place", ["asha"], RoomKind.PUBLIC)
    asha.open(room).tell("new_room", {})
    form = asha.page.locator(".dialog form")
    fill(form, name="Market place", topic="")
    is_about(form, "name", "already has this or a very similar name")
    fill(form, name="Fresh fish", topic="e" + "\u0301" * 40)
    is_about(form, "topic", "too many accents")
    fill(form, topic="Fish")
    expect(form).to_have_count(0)
    expect(asha.page.locator(".room-title .name")).to_have_text("Fresh fish")


@pytest.mark.long  # a further kind of field
def test_fields_of_several_lines_too(asha: Person, room: int) -> None:
    asha.open(room).tell("new_poll", {})
    form = asha.page.get_by_test_id("new-poll")
    fill(form, question="Tea?", options="Yes\nyes")
    is_about(form, "options", "Two answers are the same")
    fill(form, question="e" + "\u0301" * 40, options="Yes\nNo")
    is_about(form, "question", "too many accents")


@pytest.mark.long  # further forms
def test_the_account_and_the_members(asha: Person, room: int) -> None:
    asha.open("/account", wait=False)
    form = asha.page.locator("form:has([name=old])")
    fill(form, old="not the old one", new="another good battery")
    is_about(form, "old", "The current password is wrong")
    form = asha.page.locator("form:has([name=quiet_from])")
    fill(form, quiet_from="22:00", quiet_until="")
    is_about(form, "quiet_until", "Set both times")
    fill(form, quiet_from="", quiet_until="")
    expect(asha.page.locator("[aria-invalid]")).to_have_count(
        1
    )  # the password's, which was not sent
    asha.open(f"/rooms/{room}/members")
    form = asha.page.locator(".panel form.inline-add")
    fill(form, username="nobody-here")
    is_about(form, "username", "There is no account with this username")


@pytest.mark.long  # a further form
def test_what_is_about_no_field_is_tied_to_the_form(asha: Person, ben: Person, room: int) -> None:
    """The room was archived in the meantime, which no field can mend."""
    ben.open(room).tell("new_poll", {})
    form = ben.page.get_by_test_id("new-poll")
    asha.open(room).tell("room_settings", {})
    asha.page.get_by_test_id("archive-room").click()
    expect(ben.composer).to_have_count(0)
    fill(form, question="Tea?", options="Yes\nNo")
    expect(form.get_by_role("alert")).to_contain_text("archived")
    expect(form).to_have_accessible_description("This room is archived: you can only read it.")
    expect(form.locator("[aria-invalid]")).to_have_count(0)
    ben.until("document.querySelector('[data-testid=new-poll]').contains(document.activeElement)")


@pytest.mark.long  # a further detail
def test_who_went_on_elsewhere_stays_there(asha: Person, room: int) -> None:
    asha.open(f"/rooms/{room}/members")
    form = asha.page.locator(".panel form.inline-add")
    form.locator("[name=username]").fill("nobody-here")
    form.evaluate(
        """form => {
          form.requestSubmit();
          document.querySelector('[data-testid=composer]').focus();
        }"""
    )
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.locator("[aria-invalid]")).to_have_count(1)
    expect(asha.composer).to_be_focused()


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"username": "a b", "password": "correct horse battery"}, "username", "no spaces"),
        pytest.param(
            *({"username": "zoe", "password": "password1"}, "password", "password"),
            marks=pytest.mark.long,
        ),
        pytest.param(
            {"username": "zoe", "password": "correct horse battery", "display_name": "z@e"},
            "display_name",
            "can't contain @",
            marks=pytest.mark.long,
        ),
    ],
)
def test_the_form_to_register_points_at_what_it_means(
    enter: Enter, values: dict[str, str], name: str, sentence: str
) -> None:
    stranger = enter("stranger", new=True)
    stranger.complaints.expect("status of 400")
    stranger.page.goto(f"{stranger.address}/register")
    fill(stranger.page.locator("form[action='/register']"), **values)
    refused = stranger.page.locator("[aria-invalid=true]")
    expect(refused).to_have_count(1)
    expect(refused).to_have_attribute("name", name)
    expect(stranger.page.get_by_role("alert").first).to_contain_text(sentence)
