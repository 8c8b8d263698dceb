"""Files of apps: uploaded first, sent as messages, and read by whoever is in the room."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from chat_ui.server.routes import file_routes
from services.core import app_context
from services.files import files, pending
from services.files.stickers import making, stickers
from services.messages import messages
from services.rooms.members import memberships
from services.sync import server_name
from tests import upload_client
from tests.api.matrix.app import App, app_of, room_id
from tests.api.matrix.test_bad_input import refused
from tests.conftest import People

LOBBY = 1
MEDIA, OLD = "/_matrix/client/v1/media", "/_matrix/media/v3"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(width: int = 800, height: int = 600, kind: str = "PNG") -> bytes:
    """Return a picture with some noise, so that it is worth a preview."""
    written = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(written, kind)
    return written.getvalue()


async def upload(app: App, data: Any = b"notes", name: str = "notes.txt") -> str:
    """Upload a file; return its `mxc` address."""
    answer = await app.http.post(f"{OLD}/upload", params={"filename": name}, content=data)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["content_uri"])


async def get(app: App, url: str, kind: str = "download", **query: object) -> httpx.Response:
    path = url.removeprefix("mxc://")
    return await app.http.get(f"{MEDIA}/{kind}/{path}", params=query)  # type: ignore[arg-type]


async def told(app: App, room: int, event: str) -> Any:
    """Return an event, as an app is told it in all ways: they must agree."""
    one = await app.do("GET", f"/rooms/{quote(room_id(room))}/event/{quote(event)}")
    path = f"/rooms/{quote(room_id(room))}/messages"
    listed = (await app.do("GET", path, dir="b", limit="20"))["chunk"]
    assert one in listed
    app.since, app.rooms = "", {}
    news = await app.sync()
    assert one in news["rooms"]["join"][room_id(room)]["timeline"]["events"]
    return one


async def test_a_picture_goes_from_app_to_app(people: People, asha: App, ben: App) -> None:
    data = picture()
    url = await upload(asha, data, "harbour.png")
    assert url.startswith(f"mxc://{server_name.get()}/")
    number = await asha.send(
        people.room,
        "The **harbour**",
        msgtype="m.image",
        url=url,
        filename="harbour.png",
        info={"w": 1, "h": 1, "mimetype": "text/html"},
    )
    await upload_client.previews_made()
    event = await told(ben, people.room, number)
    content = event["content"]
    assert event["type"] == "m.room.message"
    assert content == {
        "msgtype": "m.image",
        "body": "The **harbour**",
        "filename": "harbour.png",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p>The <strong>harbour</strong></p>",
        "url": url,
        "info": {
            "size": content["info"]["size"],
            "mimetype": "image/png",
            "w": 800,
            "h": 600,
            "thumbnail_url": f"mxc://{server_name.get()}/{number[1:]}-p",
            "thumbnail_info": {"mimetype": "image/webp"},
        },
    }
    answer = await get(ben, url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert len(answer.content) == content["info"]["size"]
    assert Image.open(io.BytesIO(answer.content)).size == (800, 600)
    small = await get(ben, url, "thumbnail", width=320, height=240, method="scale")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")
    assert (await get(ben, content["info"]["thumbnail_url"])).content == small.content


async def test_what_a_page_sends_is_told_with_its_file(people: People, ben: App) -> None:
    sent = await upload_client.send(people.asha, people.room, b"a,b\n1,2\n", name="table.csv")
    event = await told(ben, people.room, f"$m{sent.message_id}")
    url = f"mxc://{server_name.get()}/m{sent.message_id}"
    assert event["content"] == {
        "msgtype": "m.file",
        "body": "table.csv",
        "filename": "table.csv",
        "url": url,
        "info": {"size": 8, "mimetype": event["content"]["info"]["mimetype"]},
    }
    assert (await get(ben, url)).content == b"a,b\n1,2\n"


async def test_kinds_of_files_are_told_as_such(people: People, ben: App) -> None:
    recorded = io.BytesIO()
    with wave.open(recorded, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\1" * 800)
    sent = await upload_client.send(
        people.asha, people.room, recorded.getvalue(), name="voice.wav", wave="5", seconds=3
    )
    content = (await told(ben, people.room, f"$m{sent.message_id}"))["content"]
    assert (content["msgtype"], content["info"]["duration"]) == ("m.audio", 3000)


async def test_a_sticker_is_told_as_one(people: People, asha: App, ben: App) -> None:
    async with making.receive(people.asha, 1) as receiver:
        await receiver.write(picture(300, 300))
        await receiver.save("Hooray")
    [sticker] = (await stickers.offered(people.asha)).kept
    sent, _new = await stickers.send(people.asha, people.room, sticker.sticker_id, "sticker-0001")
    event = await told(ben, people.room, f"$m{sent.message_id}")
    assert event["type"] == "m.sticker"
    assert event["content"]["body"] == "Hooray"
    assert event["content"]["info"]["mimetype"] == "image/webp"
    assert "msgtype" not in event["content"]
    assert (await get(ben, event["content"]["url"])).headers["content-type"] == "image/webp"
    # An app sends one on by its address.
    path = f"/rooms/{quote(room_id(LOBBY))}/send/m.sticker/1"
    number = (await ben.do("PUT", path, event["content"]))["event_id"]
    assert (await told(ben, LOBBY, number))["type"] == "m.sticker"


async def test_a_page_shows_what_an_app_has_sent(people: People, asha: App) -> None:
    number = await asha.send(
        people.room, "notes.txt", msgtype="m.file", url=await upload(asha, b"See you")
    )
    seq = (await told(asha, people.room, number))["event_id"] and 1
    message = await messages.get(people.ben, people.room, seq)
    assert message.file is not None
    assert (message.text, message.file.name, message.file.excerpt) == ("", "notes.txt", "See you")
    found = await files.find(people.ben, people.room, seq)
    assert found.view.size == 7


async def test_an_answer_with_a_file_and_its_new_caption(
    people: People, asha: App, ben: App
) -> None:
    question = await asha.send(people.room, "Where?")
    number = await ben.send(
        people.room,
        "Here",
        msgtype="m.file",
        filename="map.txt",
        url=await upload(ben),
        **{"m.relates_to": {"m.in_reply_to": {"event_id": question}}},
    )
    event = await told(asha, people.room, number)
    assert event["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": question}}
    new = {**event["content"], "body": "There"}
    new.pop("m.relates_to")
    await ben.send(
        people.room,
        "* There",
        **{
            "m.new_content": new,
            "m.relates_to": {"rel_type": "m.replace", "event_id": number},
        },
    )
    changed = (await told(asha, people.room, number))["content"]
    assert (changed["body"], changed["filename"]) == ("There", "map.txt")
    assert changed["url"] == event["content"]["url"]


async def test_a_repeated_send_is_one_message(people: People, asha: App) -> None:
    content = {"msgtype": "m.file", "body": "notes.txt", "url": await upload(asha)}
    path = f"/rooms/{quote(room_id(people.room))}/send/m.room.message/same"
    first = await asha.do("PUT", path, content)
    assert await asha.do("PUT", path, content) == first


async def test_a_file_is_sent_on_to_another_room(people: People, asha: App, ben: App) -> None:
    url = await upload(asha)
    await asha.send(people.room, "notes.txt", msgtype="m.file", url=url)
    number = await ben.send(LOBBY, "notes.txt", msgtype="m.file", url=url)
    there = (await told(ben, LOBBY, number))["content"]["url"]
    assert there != url
    chen = await app_of(people.chen)
    assert (await get(chen, there)).content == b"notes"
    refused(await get(chen, url), 404, "M_NOT_FOUND")


# -- the attack side --------------------------------------------------------------------------


async def test_only_members_get_a_file(people: People, asha: App, ben: App, chen: App) -> None:
    waiting, sent = await upload(asha, b"mine"), await upload(asha)
    number = await asha.send(people.room, "notes.txt", msgtype="m.file", url=sent)
    name = f"mxc://{server_name.get()}/{number[1:]}"
    for app, url, status in (
        (asha, waiting, 200),
        (ben, waiting, 404),
        (chen, waiting, 404),
        (ben, sent, 200),
        (ben, name, 200),
        (chen, sent, 404),
        (chen, name, 404),
    ):
        for kind in ("download", "thumbnail"):
            answer = await get(app, url, kind, width=32, height=32)
            if kind == "thumbnail":
                refused(answer, 404, "M_NOT_FOUND")  # a text has none
            elif status == 200:
                assert answer.status_code == 200
            else:
                refused(answer, 404, "M_NOT_FOUND")
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    refused(await get(ben, sent), 404, "M_NOT_FOUND")
    refused(await get(ben, name), 404, "M_NOT_FOUND")
    # Without a token, or with one in the address, there is nothing at all.
    token = asha.http.headers["authorization"].removeprefix("Bearer ")
    refused(await get(App(None), waiting), 401, "M_MISSING_TOKEN")
    refused(await get(App(None), waiting, access_token=token), 401, "M_MISSING_TOKEN")


@pytest.mark.parametrize(
    "name",
    [
        "m1",
        "m999999999999999",
        "m9999999999999999",
        "0" * 32,
        "a1-" + "0" * 64,
        "a999999999999999-" + "0" * 64,
        "m1-p",
        "%2e%2e%2fchat.db",
        "m１",
        "",
        "x" * 5000,
    ],
)
async def test_guessed_ids(people: People, chen: App, name: str) -> None:
    await upload_client.send(people.asha, people.room)
    for kind in ("download", "thumbnail"):
        answer = await chen.http.get(f"{MEDIA}/{kind}/{server_name.get()}/{name}")
        assert answer.status_code == 404, answer.text
        elsewhere = await chen.http.get(f"{MEDIA}/{kind}/elsewhere.example.org/{name}")
        assert elsewhere.status_code == 404


@pytest.mark.parametrize(("data", "name"), [(HTML, "page.html"), (SVG, "drawing.svg")])
async def test_what_could_run_is_saved_not_shown(
    people: People, asha: App, ben: App, data: bytes, name: str
) -> None:
    url = await upload(asha, data, name)
    number = await asha.send(people.room, name, msgtype="m.image", url=url)
    assert (await told(ben, people.room, number))["content"]["msgtype"] == "m.file"
    for address in (url, f"{url}/picture.png"):
        answer = await get(ben, address)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_parts_of_a_file(people: People, asha: App) -> None:
    url = await upload(asha, b"0123456789")
    path = f"{MEDIA}/download/{url.removeprefix('mxc://')}"
    answer = await asha.http.get(path, headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")
    tag = (await asha.http.get(path)).headers["etag"]
    again = await asha.http.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


# -- limits -----------------------------------------------------------------------------------


def set_limits(monkeypatch: pytest.MonkeyPatch, **limits: object) -> None:
    opened = app_context.current()
    settings = opened.settings.model_copy(update=limits)
    monkeypatch.setattr(app_context, "_current", replace(opened, settings=settings))


async def test_a_file_that_is_too_large(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, file_size=200_000)
    for where in (MEDIA, OLD):
        answer = await asha.http.get(f"{where}/config")
        assert answer.json() == {"m.upload.size": 200_000}
    assert await upload(asha, b"x" * 200_000)  # more than any JSON may have
    refused(await asha.http.post(f"{OLD}/upload", content=b"x" * 200_001), 413, "M_TOO_LARGE")
    read = 0

    async def endless() -> AsyncIterator[bytes]:  # it does not say how long it is
        nonlocal read
        while read < 10_000_000:
            read += 50_000
            yield b"x" * 50_000

    refused(await asha.http.post(f"{OLD}/upload", content=endless()), 413, "M_TOO_LARGE")
    assert read < 1_000_000

    async def short() -> AsyncIterator[bytes]:
        yield b"notes"

    assert await upload(asha, short())
    assert upload_client.unfinished_uploads(app_context.current().settings.data) == []


async def test_what_is_refused(people: People, asha: App, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(await asha.http.post(f"{OLD}/upload", content=b""), 403, "M_FORBIDDEN")
    set_limits(monkeypatch, files_refused="exe", files_per_person=100)
    answer = await asha.http.post(f"{OLD}/upload?filename=game.exe", content=b"MZ")
    refused(answer, 403, "M_FORBIDDEN")
    refused(await asha.http.post(f"{OLD}/upload", content=b"x" * 101), 403, "M_FORBIDDEN")
    monkeypatch.setattr(pending, "MAX_PENDING", 1)
    url = await upload(asha)
    refused(await asha.http.post(f"{OLD}/upload", content=b"x"), 403, "M_FORBIDDEN")
    await asha.send(people.room, "notes.txt", msgtype="m.file", url=url)
    assert await upload(asha)


@pytest.mark.parametrize("msgtype", ["m.image", "m.file", "m.audio", "m.video"])
async def test_files_that_are_malformed(people: People, asha: App, msgtype: str) -> None:
    path = f"/rooms/{quote(room_id(people.room))}/send/m.room.message/x"
    url = await upload(asha)
    for number, (more, status, code) in enumerate(
        (
            ({"body": "a"}, 400, "M_BAD_JSON"),
            ({"body": "a", "url": 5}, 400, "M_BAD_JSON"),
            ({"body": "a", "file": {"url": url}}, 400, "M_BAD_JSON"),
            ({"url": url}, 400, "M_BAD_JSON"),
            ({"url": url, "body": {}}, 400, "M_BAD_JSON"),
            ({"url": url, "body": "a", "filename": []}, 400, "M_BAD_JSON"),
            ({"url": url, "body": "x" * 20_000, "filename": "a"}, 400, "M_BAD_JSON"),
            ({"url": "https://example.org/a.png", "body": "a"}, 404, "M_NOT_FOUND"),
            ({"url": "mxc://elsewhere.example.org/a", "body": "a"}, 404, "M_NOT_FOUND"),
            ({"url": f"mxc://{server_name.get()}/{'0' * 32}", "body": "a"}, 404, "M_NOT_FOUND"),
            ({"url": f"{url}-p", "body": "a"}, 404, "M_NOT_FOUND"),
        )
    ):
        content = {"msgtype": msgtype, **more}
        refused(await asha.ask("PUT", f"{path}{number}", content), status, code)
    assert await asha.send(people.room, "a", msgtype=msgtype, url=url)


async def test_uploads_are_limited(people: People, asha: App) -> None:
    for _time in range(100):
        answer = await asha.http.post(f"{OLD}/upload", content=b"x")
        if answer.status_code != 200:
            break
    refused(answer, 429, "M_LIMIT_EXCEEDED")


async def test_an_upload_that_stalls(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_routes, "TIMEOUT_SECONDS", 0.05)
    never = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield b"notes"
        await never.wait()

    refused(await asha.http.post(f"{OLD}/upload", content=stalls()), 408, "M_UNKNOWN")
    assert upload_client.unfinished_uploads(app_context.current().settings.data) == []
