"""Files, names and pictures through matrix-nio, as bots use them, on a real server."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import PASSWORD, Browser
from tests.server import Server

require_nio()

import nio  # noqa: E402

NAMES = ("asha", "ben", "chen")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("media") / "data") as running:
        for name in NAMES:
            assert Browser(running.address).register(name).status_code == 303
        yield running


def run(server: Server, work: Callable[..., Awaitable[None]]) -> None:
    """Run something with a client of each person, who have got all that there was."""

    async def main() -> None:
        clients = [nio.AsyncClient(server.address, name) for name in NAMES]
        try:
            for client in clients:
                ok(await client.login(PASSWORD, device_name="test"), nio.LoginResponse)
                ok(await client.sync(timeout=0), nio.SyncResponse)
            async with asyncio.timeout(120):
                await work(*clients)
        finally:
            for client in clients:
                await client.close()

    asyncio.run(main())


def ok(answer: Any, kind: Any) -> Any:
    """Return what a client was answered, which must be of a kind."""
    assert isinstance(answer, kind), answer
    return answer


async def put(client: Any, data: bytes, name: str, media_type: str) -> str:
    """Upload a file; return its address."""
    answer, _keys = await client.upload(
        io.BytesIO(data), content_type=media_type, filename=name, filesize=len(data)
    )
    return str(ok(answer, nio.UploadResponse).content_uri)


async def received(client: Any, kind: Any) -> Any:
    """Sync until an event of a kind has come; return it."""
    while True:
        news = ok(await client.sync(timeout=10_000), nio.SyncResponse)
        for room in news.rooms.join.values():
            for event in room.timeline.events:
                if isinstance(event, kind):
                    return event


def picture(width: int = 900, height: int = 600) -> bytes:
    written = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(written, "PNG")
    return written.getvalue()


def test_a_picture_from_bot_to_bot(server: Server, tmp_path: Path) -> None:
    async def work(asha: Any, ben: Any, _chen: Any) -> None:
        config = ok(await asha.content_repository_config(), nio.ContentRepositoryConfigResponse)
        assert config.upload_size > 1_000_000
        [lobby] = asha.rooms
        data = picture()
        url = await put(asha, data, "harbour.png", "image/png")
        content = {
            "msgtype": "m.image",
            "body": "harbour.png",
            "url": url,
            "info": {"mimetype": "image/png", "size": len(data), "w": 900, "h": 600},
        }
        ok(await asha.room_send(lobby, "m.room.message", content), nio.RoomSendResponse)
        event = await received(ben, nio.RoomMessageImage)
        assert (event.body, event.url) == ("harbour.png", url)
        info = event.source["content"]["info"]
        assert (info["mimetype"], info["w"], info["h"]) == ("image/png", 900, 600)
        found = ok(await ben.download(event.url), nio.MemoryDownloadResponse)
        assert Image.open(io.BytesIO(found.body)).size == (900, 600)
        assert (found.content_type, found.filename) == ("image/png", "harbour.png")
        stored = tmp_path / "stored.png"
        ok(await ben.download(event.url, save_to=stored), nio.DiskDownloadResponse)
        assert stored.read_bytes() == found.body
        ok(await ben.download(event.url, filename="other.png"), nio.MemoryDownloadResponse)
        server_name, media_id = event.url.removeprefix("mxc://").split("/")
        small = await ben.thumbnail(server_name, media_id, 320, 240)
        assert Image.open(io.BytesIO(ok(small, nio.ThumbnailResponse).body)).size[0] <= 900

    run(server, work)


def test_other_files(server: Server) -> None:
    async def work(asha: Any, ben: Any, chen: Any) -> None:
        room = ok(await asha.room_create(name="Harbour"), nio.RoomCreateResponse).room_id
        ok(await asha.room_invite(room, ben.user_id), nio.RoomInviteResponse)
        url = await put(asha, b"%PDF-1.4 no more", "plan.pdf", "application/pdf")
        content = {"msgtype": "m.file", "body": "The plan", "filename": "plan.pdf", "url": url}
        ok(await asha.room_send(room, "m.room.message", content), nio.RoomSendResponse)
        await ben.join(room)
        event = await received(ben, nio.RoomMessageFile)
        assert (event.body, event.source["content"]["filename"]) == ("The plan", "plan.pdf")
        assert ok(await ben.download(event.url), nio.MemoryDownloadResponse).body[:4] == b"%PDF"
        # Neither is there for who is not in the room, nor what was not sent.
        waiting = await put(asha, b"mine", "mine.txt", "text/plain")
        for other in (ben, chen):
            refused = ok(await other.download(waiting), nio.DownloadError)
            assert refused.status_code == "M_NOT_FOUND"
        assert ok(await chen.download(url), nio.DownloadError).status_code == "M_NOT_FOUND"

    run(server, work)


def test_names_and_pictures_of_people(server: Server) -> None:
    async def work(asha: Any, ben: Any, _chen: Any) -> None:
        ok(await asha.set_displayname("Asha K."), nio.ProfileSetDisplayNameResponse)
        url = await put(asha, picture(300, 300), "me.png", "image/png")
        ok(await asha.set_avatar(url), nio.ProfileSetAvatarResponse)
        profile = ok(await ben.get_profile(asha.user_id), nio.ProfileGetResponse)
        assert profile.displayname == "Asha K."
        found = ok(await ben.get_avatar(asha.user_id), nio.ProfileGetAvatarResponse)
        assert found.avatar_url == profile.avatar_url != url
        body = ok(await ben.download(found.avatar_url), nio.MemoryDownloadResponse).body
        assert Image.open(io.BytesIO(body)).size == (256, 256)
        ok(await asha.set_presence("online"), nio.PresenceSetResponse)
        seen = ok(await ben.get_presence(asha.user_id), nio.PresenceGetResponse)
        assert seen.presence == "online"

    run(server, work)


def test_what_relates_to_a_message(server: Server) -> None:
    async def work(asha: Any, ben: Any, _chen: Any) -> None:
        [lobby] = [each for each in ben.rooms if each in asha.rooms][:1]
        text = {"msgtype": "m.text", "body": "Hello"}
        sent = await asha.room_send(lobby, "m.room.message", text)
        event = ok(sent, nio.RoomSendResponse).event_id
        relation = {"rel_type": "m.annotation", "event_id": event, "key": "👍"}
        ok(
            await ben.room_send(lobby, "m.reaction", {"m.relates_to": relation}),
            nio.RoomSendResponse,
        )
        found = [each async for each in asha.room_get_event_relations(lobby, event)]
        assert [each.key for each in found] == ["👍"]

    run(server, work)


def test_what_browsers_must_not_run(server: Server) -> None:
    async def work(asha: Any, _ben: Any, _chen: Any) -> None:
        url = await put(asha, b"<!doctype html><script>alert(1)</script>", "a.html", "text/html")
        path = f"/_matrix/client/v1/media/download/{url.removeprefix('mxc://')}"
        headers = {"Authorization": f"Bearer {asha.access_token}"}
        async with httpx.AsyncClient(base_url=server.address, headers=headers) as http:
            answer = await http.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox")

    run(server, work)
