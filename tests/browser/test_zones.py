"""Do not disturb keeps to the clock of the device that somebody looks at."""

import pytest

from tests import postgres
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.browser.test_attention import FOCUS, NO_FOCUS
from tests.server import Server


def zone(server: Server, username: str) -> str:
    with postgres.connect(server.data) as database:
        query = "SELECT time_zone FROM users WHERE username = ?"
        [(found,)] = database.execute(query, (username,)).fetchall()
    return str(found)


def until_zone(person: Person, server: Server, wanted: str) -> None:
    """Wait until the server has this time zone for a person."""
    for _look in range(100):
        if zone(server, person.name) == wanted:
            return
        person.page.wait_for_timeout(50)
    pytest.fail(f"{zone(server, person.name)} instead of {wanted}")


def test_a_device_left_on_elsewhere_says_nothing(enter: Enter, server: Server) -> None:
    at_home = enter("ben", timezone_id="America/New_York").run_first(NO_FOCUS)
    travelling = enter("ben", timezone_id="Europe/Berlin").open(1)
    until_zone(travelling, server, "Europe/Berlin")
    at_home.open(1)
    at_home.context.set_offline(True)
    at_home.connection.wait_for()
    at_home.context.set_offline(False)
    at_home.connection.wait_for(state="hidden")
    travelling.say("they have heard of each other")
    at_home.sees("they have heard of each other")
    assert zone(server, "ben") == "Europe/Berlin"
    at_home.page.evaluate(FOCUS)
    until_zone(at_home, server, "America/New_York")
