"""The address at which programs post, in front of the services."""

import json
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import api
from api.hooks import MAX_BYTES
from chat_ui.server import mounted
from chat_ui.server.middleware.auth_middleware import AuthMiddleware
from chat_ui.server.routes import file_routes
from services.core import app_context
from services.messages import history
from services.rooms import settings as room_settings
from services.webhooks import webhooks
from tests.chat_ui.server.test_mounted import pages
from tests.conftest import People

JSON = {"Content-Type": "application/json"}
Answer = tuple[int, str]


@pytest.fixture
def http(people: People) -> Iterator[httpx.AsyncClient]:
    mounted.use(lambda settings: api.routes(settings, file_routes))
    mounted.install(app_context.current().settings)
    transport = httpx.ASGITransport(AuthMiddleware(pages), client=("192.0.2.7", 1))
    yield httpx.AsyncClient(transport=transport, base_url="http://localhost")
    mounted.use(None)
    mounted.install(app_context.current().settings)


@pytest.fixture
async def address(people: People, http: httpx.AsyncClient) -> str:
    return f"/hooks/{await webhooks.create(people.asha, people.room, 'Grafana')}"


async def texts(people: People) -> list[str]:
    batch = await history.older(people.ben, people.room, 2**40)
    return [each.text for each in batch.messages]


def code(answer: httpx.Response) -> Answer:
    """Return the status and Slack's code; a sentence for people is below it."""
    first, _line, sentence = answer.text.partition("\n")
    assert answer.headers["content-type"].startswith("text/plain")
    assert (answer.status_code == 200) == (not sentence)
    return answer.status_code, first


async def test_json_is_posted(people: People, http: httpx.AsyncClient, address: str) -> None:
    answer = await http.post(address, json={"text": "*Disk* is full"})
    assert (answer.status_code, answer.content) == (200, b"ok")  # Alertmanager wants just this
    assert await texts(people) == ["**Disk** is full"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (urlencode({"payload": '{"text": "Hello"}'}), "application/x-www-form-urlencoded"),
        ('{"text": "Hello"}', "application/x-www-form-urlencoded"),  # curl --data
        ('{"text": "Hello"}', "text/plain"),
        ('{"text": "Hello"}', ""),
    ],
)
async def test_other_ways_to_send_it(
    people: People, http: httpx.AsyncClient, address: str, body: str, content_type: str
) -> None:
    answer = await http.post(address, content=body, headers={"Content-Type": content_type})
    assert code(answer) == (200, "ok")
    assert await texts(people) == ["Hello"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{}", (400, "no_text")),
        ('{"text": " \\u200b"}', (400, "no_text")),
        ("", (400, "invalid_payload")),
        ("[]", (400, "invalid_payload")),
        ("Hello", (400, "invalid_payload")),
        ('{"text": "a\\ud800"}', (400, "invalid_payload")),
        (json.dumps({"text": "a" + "\u0301" * 100}), (400, "invalid_payload")),
        ("x" * (MAX_BYTES + 1), (413, "payload_too_large")),
    ],
)
async def test_what_is_refused(
    people: People, http: httpx.AsyncClient, address: str, body: str, expected: Answer
) -> None:
    assert code(await http.post(address, content=body, headers=JSON)) == expected
    assert await texts(people) == []


async def test_the_largest_payload(people: People, http: httpx.AsyncClient, address: str) -> None:
    body = json.dumps({"text": "x" * (MAX_BYTES - 20)})
    assert code(await http.post(address, content=body, headers=JSON)) == (200, "ok")
    [text] = await texts(people)
    assert text.endswith("x…")


async def test_a_body_that_never_ends_is_not_read(http: httpx.AsyncClient, address: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BYTES:
            sent += 1000
            yield b"x" * 1000

    assert code(await http.post(address, content=endless()))[0] == 413


@pytest.mark.parametrize("token", ["made-up", "x" * 43, "%00", "%ED%A0%80", "x" * 3000])
async def test_an_address_that_is_none(http: httpx.AsyncClient, token: str) -> None:
    answer = await http.post(f"/hooks/{token}", json={"text": "Hello"})
    assert code(answer) == (404, "no_service")


async def test_guessing_is_slowed_down(http: httpx.AsyncClient, address: str) -> None:
    guesses = [await http.post(f"/hooks/{'x' * 43}") for _guess in range(30)]
    assert code(guesses[-1]) == (429, "rate_limited")
    assert int(guesses[-1].headers["retry-after"]) > 0
    assert code(await http.post(address, json={"text": "Hello"})) == (200, "ok")


async def test_a_program_that_goes_too_fast(http: httpx.AsyncClient, address: str) -> None:
    answers = [await http.post(address, json={"text": f"{each}"}) for each in range(61)]
    assert code(answers[-2]) == (200, "ok")
    assert code(answers[-1]) == (429, "rate_limited")
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("body", ["{}", "not JSON", '{"text": " "}'])
async def test_what_is_refused_counts_as_well(
    http: httpx.AsyncClient, address: str, body: str
) -> None:
    answers = [await http.post(address, content=body, headers=JSON) for _each in range(61)]
    assert answers[-2].status_code == 400
    assert code(answers[-1]) == (429, "rate_limited")


async def test_an_archived_room(people: People, http: httpx.AsyncClient, address: str) -> None:
    await room_settings.archive(people.asha, people.room, on=True)
    assert code(await http.post(address, json={"text": "x"})) == (410, "channel_is_archived")


async def test_a_removed_webhook(people: People, http: httpx.AsyncClient, address: str) -> None:
    [hook] = await webhooks.of_room(people.asha, people.room)
    await webhooks.remove(people.asha, people.room, hook.webhook_id)
    assert code(await http.post(address, json={"text": "x"})) == (404, "no_service")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_another_method(http: httpx.AsyncClient, address: str, method: str) -> None:
    assert (await http.request(method, address)).status_code == 405


async def test_cookies_and_origins_mean_nothing(http: httpx.AsyncClient, address: str) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Cookie": "a=b"}
    answer = await http.post(address, json={"text": "Hello"}, headers=headers)
    assert code(answer) == (200, "ok")
    assert "set-cookie" not in answer.headers


async def test_a_sentence_is_in_the_language_of_who_reads_it(http: httpx.AsyncClient) -> None:
    answer = await http.post("/hooks/made-up", headers={"Accept-Language": "hi"})
    assert "वेबहुक" in answer.text


PARTS = (
    *("type", "text", "fields", "elements", "url", "title", "title_link", "value", "blocks"),
    *("accessory", "alt_text", "image_url", "pretext", "fallback", "actions"),
)
_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
_TEXTS = st.text(alphabet="*_~`<>|!@#&;:[]()\\ \nab\ud800\u0301\u200bhtps/.", max_size=80)
_TYPES = st.sampled_from(["section", "header", "context", "actions", "image", "divider", "x"])
_VALUES = st.recursive(
    _SCALARS | _TEXTS | _TYPES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(PARTS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(
    st.sampled_from(["text", "username", "icon_emoji", "blocks", "attachments", "mrkdwn", "x"]),
    _VALUES,
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=PAYLOADS)
async def test_any_payload_is_posted_or_refused(
    http: httpx.AsyncClient, address: str, unlimited: None, payload: dict[str, object]
) -> None:
    answer = await http.post(address, content=json.dumps(payload), headers=JSON)
    assert code(answer) in {(200, "ok"), (400, "no_text"), (400, "invalid_payload")}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), content_type=st.sampled_from([*JSON.values(), "", "x-www"]))
async def test_any_bytes_are_refused(
    http: httpx.AsyncClient, address: str, unlimited: None, body: bytes, content_type: str
) -> None:
    answer = await http.post(address, content=body, headers={"Content-Type": content_type})
    assert answer.status_code in {200, 400}


@pytest.fixture
def unlimited(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody goes too fast."""
    limits = app_context.current().rate_limits
    for each in (limits.visit, limits.webhook, limits.webhook_guess):
        monkeypatch.setattr(each, "consume", lambda *_key, **_options: None)
    for budget in (limits.rendering, limits.text):
        monkeypatch.setattr(budget, "require", lambda _user: None)
