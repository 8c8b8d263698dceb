"""The name, the accent and the icon of the chat."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from services import lifecycle
from services.accounts.security import audit
from services.core import app_context, events
from services.core.branding import NAME, Branding
from services.core.errors import Conflict, Forbidden, ServiceError, TooLarge
from services.core.settings import Settings
from services.files.decoding.icons import ICONS, TAB, UPLOADED
from services.host import appearance
from services.registration import registration
from services.registration.registration import RegistrationForm
from tests import postgres
from tests.conftest import HERE, PASSWORD, People

RED, WHITE = (200, 30, 30), (255, 255, 255)


def png(picture: Image.Image) -> list[bytes]:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return [written.getvalue()]


def branding() -> Branding:
    return app_context.current().branding


def icon(name: str) -> Image.Image:
    return Image.open(io.BytesIO(branding().icons[name]))


async def test_a_chat_has_our_name_until_it_gets_one(people: People) -> None:
    assert branding() == Branding()
    assert branding().name == NAME


async def test_a_name_and_an_accent_are_stored(people: People, app_settings: Settings) -> None:
    await appearance.change(people.asha, name="  कक्षा 9B ", accent="#0A7D5A")
    assert (branding().name, branding().accent) == ("कक्षा 9B", "#0a7d5a")
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    assert (branding().name, branding().accent) == ("कक्षा 9B", "#0a7d5a")
    await appearance.change(people.asha, name="", accent="")
    assert branding() == Branding()


@postgres.sqlite_only  # only its backups are restored here
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE chat_settings SET name = 'x' || char(8238) || 'y', accent = '#0a7d5a;}*{all:unset'",
        "UPDATE chat_settings SET name = printf('%.41c', 'x'), accent = 'red'",
        "UPDATE chat_settings SET name = x'ff', accent = x'ff'",
    ],
)
@pytest.mark.parametrize(
    "change_icons",
    [
        "UPDATE chat_icons SET content = '<svg/>' WHERE name = 'icon-192.png'",
        "DELETE FROM chat_icons WHERE name = 'icon-64.png'",
        "UPDATE chat_icons SET content = (SELECT content FROM chat_icons WHERE name ="
        " 'icon-192.png') WHERE name = 'icon-64.png'",
    ],
)
async def test_what_nobody_could_choose_is_left_out_at_the_start(
    people: People, app_settings: Settings, change: str, change_icons: str
) -> None:
    """A backup may be made up."""
    await appearance.change(people.asha, name="Class 9B", accent="#0a7d5a")
    await appearance.set_icon(people.asha, png(Image.new("RGB", (20, 20), RED)))
    await lifecycle.shutdown()
    with postgres.connect(app_settings.data) as database:
        assert database.execute(change).rowcount == 1
        assert database.execute(change_icons).rowcount == 1
    await lifecycle.startup(app_settings)
    assert branding() == Branding()


async def test_changes_are_in_the_audit_log(people: People) -> None:
    await appearance.change(people.asha, name="Class 9B", accent="#0a7d5a")
    await appearance.change(people.asha, name="Class 9B", accent="#0a7d5a")  # nothing new
    await appearance.set_icon(people.asha, png(Image.new("RGB", (20, 20), RED)))
    await appearance.remove_icon(people.asha)
    await appearance.remove_icon(people.asha)
    assert [(entry.action, entry.reason) for entry in await audit.list_all(people.asha)] == [
        ("chat_icon_removed", ""),
        ("chat_icon_changed", ""),
        ("chat_coloured", "#0a7d5a"),
        ("chat_renamed", "Class 9B"),
    ]


async def test_pages_are_told(people: People, published: list[object]) -> None:
    await appearance.change(people.asha, name="Class 9B", accent="")
    assert events.BrandingChanged() in published


@pytest.mark.parametrize("name", ["x" * 41, "a\ud800b", "a\u202eb", 7])
async def test_a_name_is_bounded(people: People, name: object) -> None:
    with pytest.raises(ServiceError):
        await appearance.change(people.asha, name=name, accent="")
    assert branding() == Branding()


@pytest.mark.parametrize("accent", ["red", "#12345", "#1234567", "#12345g", "#123456;", 7])
async def test_an_accent_is_a_colour(people: People, accent: object) -> None:
    with pytest.raises(ServiceError, match="no colour"):
        await appearance.change(people.asha, name="", accent=accent)


async def test_only_administrators_change_it(people: People) -> None:
    with pytest.raises(Forbidden):
        await appearance.change(people.ben, name="Mine", accent="")
    with pytest.raises(Forbidden):
        await appearance.set_icon(people.ben, png(Image.new("RGB", (20, 20))))
    with pytest.raises(Forbidden):
        await appearance.remove_icon(people.ben)


async def test_nobody_else_gets_the_name_of_the_chat(people: People) -> None:
    await appearance.change(people.asha, name="Class 9B", accent="")
    form = RegistrationForm("dora", PASSWORD, display_name="class 9b")
    with pytest.raises(Conflict, match="reserved"):
        await registration.register(HERE, form)


# -- the icon -------------------------------------------------------------------------------------


async def test_an_icon_is_made_in_all_sizes(people: People, app_settings: Settings) -> None:
    await appearance.set_icon(people.asha, png(Image.new("RGB", (300, 200), RED)))
    assert {name: Image.open(io.BytesIO(made)).size for name, made in branding().icons.items()} == {
        each.name: (each.size, each.size) for each in UPLOADED
    }
    before = branding()
    assert before.version
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    assert branding() == before


async def test_an_icon_is_not_cut(people: People) -> None:
    wide = Image.new("RGBA", (400, 100), RED)
    await appearance.set_icon(people.asha, png(wide))
    drawn = icon("icon-192.png").convert("RGBA")
    assert drawn.getbbox() == (0, 72, 192, 120)
    assert drawn.getpixel((96, 96)) == (*RED, 255)


def crest() -> Image.Image:
    """Return a red square on white, as a scanned logo."""
    picture = Image.new("RGB", (200, 200), WHITE)
    picture.paste(RED, (10, 10, 190, 190))
    return picture


def photo() -> Image.Image:
    """Return what reaches its edges."""
    return Image.linear_gradient("L").convert("RGB")


def shape() -> Image.Image:
    """Return a red disc that leaves its corners free."""
    picture = Image.new("RGBA", (200, 200))
    picture.paste((*RED, 255), (50, 50, 150, 150))
    return picture


@pytest.mark.parametrize(
    ("make", "corner", "middle"),
    [(crest, WHITE, RED), (shape, WHITE, RED), (photo, (255, 255, 255), None)],
)
async def test_a_maskable_icon_is_filled(
    people: People,
    make: Callable[[], Image.Image],
    corner: tuple[int, int, int],
    middle: tuple[int, int, int] | None,
) -> None:
    await appearance.set_icon(people.asha, png(make()))
    drawn = icon("maskable-512.png")
    assert drawn.mode == "RGB"
    assert drawn.getpixel((0, 511)) == corner
    if middle:
        assert drawn.getpixel((256, 256)) == middle
        # What a system may cut away is ground: the picture is in the middle 64 %.
        assert drawn.getpixel((512 * 17 // 100, 256)) == corner


async def test_icons_have_nothing_of_the_file(people: People) -> None:
    picture = Image.new("RGB", (50, 50), RED)
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=exif.tobytes(), comment=b"a secret place")
    assert b"a secret place" in written.getvalue()
    await appearance.set_icon(people.asha, [written.getvalue()])
    assert not any(b"secret" in made for made in branding().icons.values())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Choose a picture first"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (b"%PDF-1.4\n", "no picture"),
        (b"\x89PNG\r\n\x1a\nbroken", "no picture"),
    ],
)
async def test_what_is_no_picture_is_refused(people: People, content: bytes, words: str) -> None:
    with pytest.raises(ServiceError, match=words):
        await appearance.set_icon(people.asha, [content])
    assert branding() == Branding()
    incoming = app_context.current().files.incoming_path().parent
    assert list(incoming.iterdir()) == []


async def test_a_picture_that_is_too_large_is_refused(people: People) -> None:
    with pytest.raises(TooLarge):
        await appearance.set_icon(people.asha, [bytes(appearance.MAX_ICON_BYTES), b"1"])


@pytest.mark.long  # makes an icon many times; others are made small once
async def test_the_noisiest_picture_fits(people: People) -> None:
    noise = Image.merge("RGBA", [Image.effect_noise((640, 640), 200) for _channel in "RGBA"])
    await appearance.set_icon(people.asha, png(noise))
    assert len(branding().icons) == len(ICONS) + 1
    assert len(branding().icons[TAB.name]) < 20_000  # it is in every page
