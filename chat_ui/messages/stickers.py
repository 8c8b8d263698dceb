"""The stickers that one may send: in the picker of emoji, and on the page where one adds them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import html, page_header
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from services.core.i18n import _
from services.files.inspection.media_types import PICTURES
from services.files.stickers.making import NAME_LIMIT
from services.files.stickers.stickers import StickerView

PAGE = "/stickers"
"""Where one adds and removes stickers."""
NEW = f"{PAGE}/new"
OFFERED = f"{PAGE}/offered"
PICTURE = PAGE + "/{sticker_id}/{digest}"


class Actions(Protocol):
    """What happens when a button beside a sticker is pressed."""

    def on_remove_sticker(self, sticker_id: int, /) -> Awaitable[None]:
        """Remove a sticker of one's own."""

    def ask_to_remove(self, sticker: StickerView, /) -> None:
        """Ask whether to remove a sticker that comes with the chat."""

    def on_share_sticker(self, sticker_id: int, with_everyone: bool, /) -> Awaitable[None]:
        """Share a sticker with everyone, or no longer."""


def address(sticker: StickerView) -> str:
    """Return the address of a sticker's picture, which stands still."""
    return PICTURE.format(sticker_id=sticker.sticker_id, digest=sticker.hash)


def draw_offered(stickers: Sequence[StickerView], starting: Sequence[StickerView]) -> str:
    """Return the stickers that one may send, and those of the chat, as HTML for the picker."""
    starting = [each for each in starting if each.is_shared]
    own = [each for each in stickers if each.is_mine]
    shared = [each for each in stickers if each.is_shared and not each.is_mine]
    return str(
        h.fragment[
            _section(_("Recently used"), (), data_part="recent"),
            _section(_("My stickers"), own),
            _section(_("Shared with everyone"), shared),
            _section(_("From the chat"), starting),
            h.p(".picker-nothing", hidden=bool(stickers or starting))[
                _("No stickers yet. Add one, or choose “Save as sticker” in the menu of a picture.")
            ],
            h.p(".picker-nothing", hidden=True, data_part="nothing")[
                _("No sticker found. Try another word.")
            ],
            h.a(".picker-more", href=PAGE)[_("Add or remove stickers")],
        ]
    )


def _section(title: str, stickers: Sequence[StickerView], **attributes: str) -> h.Element:
    return h.section(**attributes)[h.h3[title], h.div(".picker-grid")[map(_button, stickers)]]


def _button(sticker: StickerView) -> h.Element:
    return h.button(
        type="button",
        title=sticker.name,
        data_sticker=sticker.sticker_id,
        data_hash=sticker.hash,
        data_words=sticker.words or None,
    )[_picture(sticker)]


def _picture(sticker: StickerView) -> h.VoidElement:
    return h.img(src=address(sticker), alt=sticker.name, loading="lazy", draggable="false")


def draw(
    stickers: Sequence[StickerView],
    starting: Sequence[StickerView],
    actions: Actions,
    *,
    is_admin: bool,
) -> None:
    """Draw the page with the form for a new sticker, and all that one may send."""
    own = [each for each in stickers if each.is_mine]
    shared = [each for each in stickers if each.is_shared and not each.is_mine]
    with page_header.draw(_("Stickers")):
        _add()
        with form.card(_("My stickers")):
            for each in own:
                _entry(each, actions, is_admin=is_admin)
            if not own:
                ui.label(_("You have no stickers yet.")).classes("field-hint")
        if shared:
            with form.card(_("Shared with everyone")):
                for each in shared:
                    _entry(each, actions, is_admin=is_admin)
        if starting:
            with form.card(_("From the chat")):
                for each in starting:
                    _entry(each, actions, is_admin=is_admin, is_of_chat=True)


def _add() -> None:
    with form.card(_("Add sticker")), form.post(NEW) as upload:
        upload.props["enctype"] = "multipart/form-data"
        hint = _("A word or an emoji, to find it by. It is read out to those who can't see it.")
        form.field(_("Name"), "name", limit=NAME_LIMIT, hint=hint)
        with ui.element("label").classes("field"):
            with ui.element("span").classes("field-name"):
                ui.label(_("Picture"))
            picture = {"type": "file", "name": "file", "required": True}
            ui.element("input").props.update(picture | {"accept": ",".join(PICTURES)})
            ui.label(_("It may move. A transparent PNG or WEBP looks best.")).classes("field-hint")
        form.button(_("Add sticker"))


def _entry(
    sticker: StickerView, actions: Actions, *, is_admin: bool, is_of_chat: bool = False
) -> None:
    number = sticker.sticker_id
    with ui.element("div").classes("entry sticker-entry"):
        html.draw("div", _picture(sticker))
        with ui.element("div").classes("grow"):
            ui.label(sticker.name).props("dir=auto")
            if sticker.is_mine and sticker.is_shared:
                ui.label(_("Shared with everyone")).classes("small")
        if is_admin:
            words = _("Stop sharing") if sticker.is_shared else _("Share with everyone")
            form.button(words, kind="button", quiet=True).on(
                "click",
                lambda: actions.on_share_sticker(number, not sticker.is_shared),
            )
        if is_admin and is_of_chat:
            form.button(_("Remove"), kind="button", quiet=True).on(
                "click", lambda: actions.ask_to_remove(sticker)
            )
        if sticker.is_mine:
            form.button(_("Remove"), kind="button", quiet=True).on(
                "click", lambda: actions.on_remove_sticker(number)
            )


def ask_to_remove(name: str, on_remove: Callable[[], Awaitable[None]]) -> ui.dialog:
    """Open the dialog that asks whether to remove a sticker that comes with the chat."""
    with dialog.show(_("Remove “{name}” for everyone?").format(name=name)) as shown:
        hint = _("It can't be brought back. To hide it for a while, choose “Stop sharing”.")
        ui.label(hint).classes("field-hint")
        form.button(_("Remove"), kind="button").on("click", on_remove)
    return shown


def ask_name(name: str, picture: str, on_save: Any) -> ui.dialog:
    """Open the dialog that asks for the name of a sticker that is made of this picture."""
    with dialog.show(_("Save as sticker")) as shown, form.live() as asked:
        html.draw("div", h.img(".sticker-preview", src=picture, alt=""))
        hint = _("A word or an emoji, to find it by. It is read out to those who can't see it.")
        form.field(_("Name"), "name", value=name, limit=NAME_LIMIT, hint=hint)
        form.button(_("Save"))
    asked.on("filled", on_save, args=["detail"])
    return shown


STYLE = """
.sticker-entry img, .sticker-preview { inline-size: 64px; block-size: 64px; object-fit: contain; display: block; }
.sticker-preview { inline-size: 120px; block-size: 120px; margin-inline: auto; }
@media (max-width: 700px) {
  .sticker-entry { flex-wrap: wrap; }
  .sticker-entry .grow { flex-basis: calc(100% - 76px); }
}
"""
