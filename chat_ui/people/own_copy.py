"""The card of a node on the account page: how it is with its hub, and whose identity has changed."""

from collections.abc import Awaitable
from typing import Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.forms import form
from services.core.app_context import ChangedIdentity, HubState
from services.core.i18n import _, number, plural


class Actions(Protocol):
    """What happens when something in the card is pressed."""

    def on_accept_identity(self, name: str, key: str, /) -> Awaitable[None]:
        """Take somebody's new identity for theirs."""


def draw(state: HubState | None, actions: Actions) -> None:
    """Draw the card, on a node."""
    if state is None:
        return
    with form.card(_("Own copy")):
        for sentence in _sentences(state):
            ui.label(sentence).classes("field-hint")
        for changed in state.changed:
            _changed(changed, actions)


def _sentences(state: HubState) -> list[str]:
    said = [
        _("This is your own copy of {address}. What you write here is sent there.").format(
            address=state.address
        )
    ]
    if not state.is_reached:
        said.append(_("It cannot be reached at the moment. What you write is sent when it can."))
    if state.waiting:
        said.append(
            plural(
                "{count} change waits to be sent.",
                "{count} changes wait to be sent.",
                state.waiting,
            ).format(count=number(state.waiting))
        )
    if state.is_signed is False:
        said.append(
            _(
                "Your other devices have not signed this copy: apps that are strict send it no "
                "keys, and it cannot read what they encrypt."
            )
        )
    return said


def _changed(changed: ChangedIdentity, actions: Actions) -> None:
    """Draw somebody's new identity, with both keys to compare, and the button to accept it."""
    with ui.element("div").classes("entry").props("data-testid=changed-identity"):
        html.draw(
            "div",
            h.bdi[changed.name],
            h.p(".small")[
                _(
                    "Their identity has changed. Perhaps they have reset their app, perhaps "
                    "somebody pretends to be them: ask them. Until you accept it, nothing is "
                    "sent to encrypted rooms that they are in."
                )
            ],
            h.p(".small")[_("Before:"), " ", h.code[changed.before]],
            h.p(".small")[_("Now:"), " ", h.code[changed.now]],
        ).classes("grow")
        form.button(_("Accept"), kind="button", quiet=True).on(
            "click", lambda: actions.on_accept_identity(changed.name, changed.now)
        )
