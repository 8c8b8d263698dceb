"""What one person uploads is told others in answers that every app can read."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from services.keys import bounded
from services.sync import account_data
from tests.api.matrix.app import App
from tests.api.matrix.keys import device_of
from tests.api.matrix.test_bad_input import refused
from tests.conftest import People

pytestmark = pytest.mark.usefixtures("no_limits")


def _no_json(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9007199254740993"])
async def test_no_number_makes_what_others_get_unreadable(
    people: People, asha: App, ben: App, number: str
) -> None:
    device = await device_of(ben)
    sent = json.dumps({"messages": {ben.user: {device: {"text": 7}}}}).replace("7}", f"{number}}}")
    answer = await asha.ask("PUT", "/sendToDevice/org.x/1", sent.encode())
    refused(answer, 400, "M_BAD_JSON")
    where = f"/user/{quote(ben.user)}/account_data/org.x"
    refused(await ben.ask("PUT", where, f'{{"x": {number}}}'.encode()), 400, "M_BAD_JSON")
    told = json.loads((await ben.ask("GET", "/sync")).text, parse_constant=_no_json)
    assert told["to_device"]["events"] == []
    fine = {"messages": {ben.user: {device: {"numbers": [1e300, 2**53, -(2**53), 0.5]}}}}
    await asha.do("PUT", "/sendToDevice/org.x/2", fine)
    [event] = (await ben.sync())["to_device"]["events"]
    assert event["content"] == fine["messages"][ben.user][device]


async def test_no_such_number_is_stored(people: People) -> None:
    for number in (float("inf"), float("nan")):
        with pytest.raises(ValueError, match="JSON"):
            bounded.stored({"x": number}, 1_000)
        with pytest.raises(ValueError, match="JSON"):
            await account_data.store(people.ben, "org.x", {"x": number})
