"""What somebody's apps have uploaded for encrypted messages, on the account page."""

from collections.abc import Awaitable
from typing import Any, Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.forms import form
from services.core import filesize
from services.core.i18n import _, number, plural
from services.files.kept_files import Held

AGES = (365, 30, 7, 0)
"""How old files are that may be deleted, in days: those that are chosen from."""


class Actions(Protocol):
    """What happens when something in the card is pressed."""

    def on_delete_encrypted_files(self, event: Any, /) -> Awaitable[None]:
        """Delete those that are older than was chosen."""


def draw(held: Held, actions: Actions) -> None:
    """Draw the card, if there are any."""
    if not held.files:
        return
    with form.card(_("Encrypted files")):
        words = plural("{count} file, {size}", "{count} files, {size}", held.files)
        shown = words.format(count=number(held.files), size=filesize.text(held.size))
        ui.label(shown).props("data-testid=encrypted-files")
        ui.label(
            _(
                "Apps have uploaded them for encrypted messages. The chat can't see for which, so "
                "it keeps them until you delete them."
            )
        ).classes("field-hint")
        with form.fold(_("Delete old files …"), danger=True), form.live() as delete:
            html.draw("label", *_which()).classes("field")
            ui.label(_("Their messages stay, but nobody can open the files any more.")).classes(
                "field-hint"
            )
            form.button(_("Delete")).props("data-testid=delete-encrypted-files")
        delete.on("filled", actions.on_delete_encrypted_files, args=["detail"])


def _which() -> tuple[h.Element, h.Element]:
    words = (
        _("older than a year"),
        _("older than a month"),
        _("older than a week"),
        _("all of them"),
    )
    return (
        h.span(".field-name")[_("Which files")],
        h.select(name="days")[
            (h.option(value=str(days))[said] for days, said in zip(AGES, words, strict=True))
        ],
    )
