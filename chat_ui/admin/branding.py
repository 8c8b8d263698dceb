"""For administrators: the name, the colour and the icon of the chat, and previews of links."""

from collections.abc import Awaitable
from typing import Any, Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import branding, html, page_header
from chat_ui.components.forms import form
from services.core import app_context
from services.core.branding import NAME
from services.core.i18n import _
from services.files.inspection.media_types import PICTURES
from services.host.appearance import NAME_LIMIT
from services.links import switch


class Actions(Protocol):
    """What happens when something on the page is pressed."""

    def on_save_branding(self, event: Any, /) -> Awaitable[None]:
        """Set the name and the colour."""

    def on_turn_link_previews(self, on: bool, /) -> Awaitable[None]:
        """Turn previews of links on or off."""

    def on_save_link_pictures(self, event: Any, /) -> Awaitable[None]:
        """Turn pictures of linked pages on or off."""

    def on_remove_icon(self) -> Awaitable[None]:
        """Show our icon again."""


def draw(actions: Actions) -> None:
    """Draw the page."""
    chosen = app_context.current().branding
    with page_header.draw(_("Chat settings")):
        with form.card(_("Name and colour")):
            with form.live() as save:
                form.field(
                    _("Name of the chat"),
                    "name",
                    value=chosen.chosen_name,
                    required=False,
                    limit=NAME_LIMIT,
                    placeholder=NAME,
                    hint=_("Shown at the top of the list, on the login page, and by the app."),
                )
                form.field(
                    _("Colour"),
                    "accent",
                    kind="color",
                    value=branding.accent(),
                    hint=_(
                        "Of buttons, links and own messages. It is adjusted where needed, so that text stays readable."
                    ),
                )
                form.button(_("Save"))
            save.on("filled", actions.on_save_branding, args=["detail"])
        with form.card(_("Icon")):
            html.draw("div", _icon()).classes("icon-form")
            if chosen.icons:
                remove = form.button(_("Remove icon"), kind="button", quiet=True)
                remove.props("data-testid=remove-icon").on("click", actions.on_remove_icon)
        with form.card(_("Previews of links")):
            _previews(actions)


def _previews(actions: Actions) -> None:
    ui.label(
        _(
            "The server asks the linked site for its title and description; the site sees this server's address, never a reader's."
        )
    ).classes("field-hint")
    is_on = switch.is_on()
    turn = form.button(_("Turn off") if is_on else _("Turn on"), kind="button", quiet=is_on)
    turn.props("data-testid=link-previews")
    turn.on("click", lambda: actions.on_turn_link_previews(not is_on))
    if not is_on:
        return
    with form.live() as pictures:
        form.check(_("Show pictures of linked pages"), "pictures", on=switch.has_pictures())
        ui.label(
            _(
                "The linked site chooses the picture that everyone in the room sees. The server fetches it, makes it smaller and keeps it with the preview."
            )
        ).classes("field-hint")
        form.button(_("Save"))
    pictures.on("filled", actions.on_save_link_pictures, args=["detail"])


def _icon() -> h.Element:
    return h.form(method="post", action="/branding/icon", enctype="multipart/form-data")[
        branding.picture(),
        h.label(".field")[
            h.span(".field-name")[_("Picture")],
            h.input(type="file", name="file", accept=",".join(PICTURES), required=True),
            h.span(".field-hint")[
                _(
                    "A square picture looks best: PNG or JPEG, up to 5 MB. Phones and desktops show it as the icon of the app."
                )
            ],
        ],
        h.button(".button", type="submit")[_("Upload")],
    ]


STYLE = """
.icon-form form { display: grid; grid-template-columns: 72px minmax(0, 1fr); gap: 14px; align-items: start; margin: 0; }
.icon-form :is(svg, img) { inline-size: 72px; block-size: 72px; }
.icon-form .button { grid-column: 1 / -1; }
.field input[type="color"] { padding: 3px; block-size: 42px; inline-size: 84px; }
"""
