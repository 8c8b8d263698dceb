"""The pictures of linked pages: asked for by the server, made small, and shown to members alone."""

import asyncio
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from unittest.mock import Mock

import pytest
from PIL import Image
from sqlmodel import func, select

from models import LinkPicture, LinkPreview
from services.core import app_context
from services.core.errors import Forbidden, NotFound
from services.core.limits.rate_limits import Budget
from services.db import database
from services.links import pictures, switch, unfurling
from services.messages import edits, link_previews
from tests.conftest import People
from tests.linked_site import Answer, Site, html, linked_site, page, painted, picture, redirect
from tests.services.links.test_unfurling import kept, link, reach, rows, say, settled, shows


@pytest.fixture
def site() -> Iterator[Site]:
    with linked_site() as running:
        running.pages["/"] = illustrated("/p")
        running.pages["/p"] = picture(1200, 630)
        yield running


@pytest.fixture
def _tidied_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfurling, "TIDY_SECONDS", 0.05)


@pytest.fixture(autouse=True)
async def _on(_tidied_soon: None, people: People, site: Site) -> None:
    """The app starts when it no longer waits to tidy up."""
    reach(site)
    await switch.set_on(people.asha, on=True)


def illustrated(to: str, more: str = "") -> Answer:
    """Return what answers with a page that has a picture."""
    return html("Comets", more=f"<meta property='og:image' content='{to}'>{more}")


async def shown(people: People, site: Site, path: str = "/", title: str = "Comets") -> int:
    """Send a link, and wait for its preview."""
    seq = await say(people.asha, people.room, site.address + path)
    await shows(people.ben, people.room, seq, title)
    return seq


async def sent_picture(people: People, seq: int) -> Image.Image:
    """Return what a member is sent as the picture of a message."""
    found = await link(people.ben, people.room, seq)
    assert found is not None
    assert found.picture is not None
    said = found.picture
    content = await link_previews.picture(people.ben, people.room, seq, said.hash)
    opened = Image.open(io.BytesIO(content))
    assert (opened.format, opened.size) == ("WEBP", (said.width, said.height))
    return opened


async def test_a_page_has_its_picture_made_small(people: People, site: Site) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    site.pages["/p"] = picture(1200, 630, kind="JPEG", exif=exif.tobytes(), comment=b"secret")
    site.pages["/"] = illustrated("/p", "<meta property='og:image:alt' content='A &amp; comet'>")
    seq = await shown(people, site)
    small = await sent_picture(people, seq)
    assert small.size == (640, 336)
    assert not small.getexif()
    found = await link(people.ben, people.room, seq)
    assert found is not None
    assert found.picture is not None
    assert (found.picture.alt, found.picture.is_large) == ("A & comet", True)
    assert site.paths() == ["/", "/p"]
    [row] = await rows(LinkPicture)
    assert b"secret" not in row.content
    assert len(row.content) == row.size < 20_000


@pytest.mark.parametrize(
    ("width", "height", "more", "size"),
    [
        (420, 300, "", (176, 176)),
        (430, 300, "", (430, 300)),
        (400, 800, "<meta name=twitter:card content=summary_large_image>", (320, 640)),
        *(  # further sizes, each of which is decoded in a process
            pytest.param(*each, marks=pytest.mark.long)
            for each in (
                (400, 400, "", (176, 176)),
                (400, 800, "", (176, 176)),
                (100, 50, "", (176, 176)),
                (400, 400, "<meta name=twitter:card content=summary_large_image>", (400, 400)),
                (40, 40, "<meta name=twitter:card content=summary_large_image>", (176, 176)),
            )
        ),
    ],
)
async def test_wide_ones_are_large_and_others_a_square(
    people: People, site: Site, width: int, height: int, more: str, size: tuple[int, int]
) -> None:
    site.pages["/"], site.pages["/p"] = illustrated("/p", more), picture(width, height)
    assert (await sent_picture(people, await shown(people, site))).size == size


async def test_an_animation_becomes_a_still(people: People, site: Site) -> None:
    first, second = Image.new("RGB", (400, 200), "red"), Image.new("RGB", (400, 200), "blue")
    written = io.BytesIO()
    first.save(written, "GIF", save_all=True, append_images=[second], duration=100)
    site.pages["/p"] = page(written.getvalue(), kind="image/gif")
    still = await sent_picture(people, await shown(people, site))
    assert getattr(still, "n_frames", 1) == 1
    red, _green, blue = still.convert("RGB").getpixel((200, 100))  # type: ignore[misc]
    assert red > blue


async def test_a_link_to_a_picture_shows_it(people: People, site: Site) -> None:
    site.pages["/a%20comet.png"] = picture(300, 900)
    seq = await shown(people, site, "/a%20comet.png", "a comet.png")
    assert (await sent_picture(people, seq)).size == (213, 640)


async def test_a_picture_that_is_not_sent_yet_is_asked_for_again(
    people: People, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfurling, "RETRY_SECONDS", (0.05, 0.1))
    times = count()
    good: Answer = picture(300, 300)
    site.pages["/p"] = lambda request: (
        request.send_error(503) if next(times) == 1 else good(request)
    )
    seq = await shown(people, site, "/p", "p")
    assert (await sent_picture(people, seq)).size == (300, 300)
    assert site.paths() == ["/p"] * 4


BAD: dict[str, Answer] = {
    "no picture": page(b"<svg xmlns='http://www.w3.org/2000/svg'/>", kind="image/png"),
    "a page": page(b"<script>alert(1)</script>", kind="image/png"),
    "cut off": page(painted(400, 200)[:-40], kind="image/png"),
    "broken": page(painted(400, 200).replace(b"IDAT", b"IDAT" + b"\0" * 9), kind="image/png"),
    "a pixel": picture(1, 1),
    "a line": picture(2000, 40),
    "too many pixels": lambda request: picture(8000, 6000)(request),  # drawn when it is asked for
    "a bomb": page(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\x7f\xff\xff\xff" * 2, kind="image/png"),
    "an error": lambda request: request.send_error(404),
    "elsewhere": redirect("http://127.0.0.2/"),
    "nothing": lambda request: request.connection.close(),
}


# Long: draws 48 megapixels.
@pytest.mark.parametrize(
    "what",
    [
        pytest.param(each, marks=[pytest.mark.long] if each == "too many pixels" else [])
        for each in BAD
    ],
)
async def test_a_page_without_a_good_picture_has_its_words(
    people: People, site: Site, what: str
) -> None:
    site.pages["/p"] = BAD[what]
    seq = await shown(people, site)
    found = await link(people.ben, people.room, seq)
    assert found is not None
    assert found.picture is None
    assert await rows(LinkPicture) == []
    assert not list(app_context.current().files.incoming_path().parent.iterdir())
    await say(people.asha, people.room, f"{site.address}/p")
    await settled()
    assert len(await rows(LinkPreview)) == 1  # by itself it has no preview at all


async def test_the_host_decides_whether_there_are_pictures(people: People, site: Site) -> None:
    with pytest.raises(Forbidden):
        await switch.set_pictures(people.ben, on=False)
    assert switch.has_pictures()
    await switch.set_pictures(people.asha, on=False)
    seq = await shown(people, site)
    await say(people.asha, people.room, f"{site.address}/p")
    await settled()
    assert site.paths() == ["/", "/p"]  # which says that it is a picture, and is not read
    assert await rows(LinkPicture) == []
    await switch.load()
    assert not switch.has_pictures()
    await switch.set_pictures(people.asha, on=True)
    found = await link(people.ben, people.room, seq)
    assert found is not None
    assert found.picture is None


async def test_members_alone_see_it(people: People, site: Site) -> None:
    seq = await shown(people, site)
    [row] = await rows(LinkPicture)
    assert await link_previews.picture(people.ben, people.room, seq, row.hash) == row.content
    with pytest.raises(NotFound):
        await link_previews.picture(people.chen, people.room, seq, row.hash)
    with pytest.raises(NotFound):
        await link_previews.picture(people.ben, people.room, seq, row.hash[:-1] + "x")
    other = await say(people.asha, people.room, "no link")
    with pytest.raises(NotFound):
        await link_previews.picture(people.ben, people.room, other, row.hash)
    await edits.edit(people.asha, people.room, seq, "no link any more")
    with pytest.raises(NotFound):
        await link_previews.picture(people.ben, people.room, seq, row.hash)


async def test_it_goes_with_its_preview(people: People, site: Site) -> None:
    seq = await shown(people, site)
    await link_previews.remove(people.asha, people.room, seq)
    await kept(0)
    assert await rows(LinkPicture) == []


async def test_so_many_bytes_are_kept(
    people: People, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seqs = []
    for number in range(3):
        site.pages[f"/{number}"] = illustrated("/p")
        seqs.append(await shown(people, site, f"/{number}"))
        size = await database.read(lambda each: each.exec(select(func.max(LinkPicture.size))).one())
        monkeypatch.setattr(unfurling, "MAX_PICTURE_BYTES", 2 * size)
    found = [await link(people.ben, people.room, seq) for seq in seqs]
    assert [each and bool(each.picture) for each in found] == [False, True, True]


async def test_decoding_is_paid_by_who_sent_the_link_and_refused_to_them_alone(
    people: People, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfurling, "RETRY_SECONDS", ())
    budget = Budget(1.0, per_second=0.001)
    budget.spend(people.asha.user_id, 2.0)
    limits = replace(app_context.current().rate_limits, decoding=budget)
    reach(site, rate_limits=limits)
    await say(people.asha, people.room, site.address)
    await asyncio.to_thread(site.wait, 2)
    await settled()
    assert await rows(LinkPreview) == []
    seq = await say(people.ben, people.room, site.address)
    await shows(people.asha, people.room, seq, "Comets")
    await sent_picture(people, seq)


async def test_it_is_tried_again_when_the_disk_has_room(
    people: People, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfurling, "RETRY_SECONDS", (0.05, 0.1))
    has_room = Mock(side_effect=[False, True])
    monkeypatch.setattr(app_context.current().files, "has_room", has_room)
    await sent_picture(people, await shown(people, site))
    assert site.paths() == ["/", "/p"] * 2


def test_the_decoder_makes_what_is_noted() -> None:
    from services.files.decoding.worker import SIDE

    assert pictures.LARGE == SIDE
