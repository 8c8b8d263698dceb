"""Files in messages, which are drawn once for readers of every language."""

from contextvars import copy_context

from msgspec.structs import replace

from chat_ui.messages.media import attachment
from models import FileKind, MessageKind
from models.clock import now
from services.core import i18n
from services.core.dto import FileView, MessageView, UserSummary

FILE = FileView(
    name="notes.zip",
    size=2_400_000,
    kind=FileKind.OTHER,
    media_type="application/zip",
    width=0,
    height=0,
    has_preview=False,
    awaits_preview=False,
    excerpt="",
    wave="",
    seconds=0,
    is_animated=False,
)


def drawn_in_a_message(file: FileView) -> str:
    """Return a file as a message shows it."""
    author = UserSummary(1, "asha", "Asha", 0, "")
    message = MessageView(
        message_id=1,
        room_id=2,
        seq=3,
        client_message_id="file-0001",
        author=author,
        kind=MessageKind.FILE,
        text="",
        mentions=(),
        is_forwarded=False,
        change=0,
        created_at=now(),
        edited_at=None,
        deleted=None,
        is_pinned=False,
        file=file,
    )
    return str(attachment.draw(message, file))


def test_a_file_is_the_same_in_every_language() -> None:

    def drawn(code: str) -> str:
        i18n.set_language(code)
        return str(attachment.facts(FILE, attachment.size(FILE)))

    size = '<span data-figure="2400000" data-unit="bytes"></span>'
    assert {copy_context().run(drawn, code) for code in i18n.languages()} == {f"ZIP · {size}"}


def test_a_large_picture_that_moves_waits_until_it_is_pressed() -> None:
    small = replace(FILE, kind=FileKind.PICTURE, is_animated=True, has_preview=True)
    large = replace(small, size=attachment.MAX_PLAYED_BYTES + 1)
    assert "data-moving" in drawn_in_a_message(small)
    assert "data-waits" not in drawn_in_a_message(small)
    assert "data-waits" in drawn_in_a_message(large)


def test_a_sticker_is_a_picture_with_its_name() -> None:
    file = replace(FILE, kind=FileKind.STICKER, name="party <3", width=320, height=160)
    drawn = drawn_in_a_message(file)
    assert 'alt="party &lt;3"' in drawn
    assert 'width="160" height="80"' in drawn
    assert "button" not in drawn
    assert "data-moving" in drawn_in_a_message(replace(file, is_animated=True, has_preview=True))
