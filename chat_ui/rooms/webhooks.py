"""The dialogs about the webhooks of a room, for those who moderate it."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html, person_name
from chat_ui.components.forms import form, to_copy
from chat_ui.components.overlays import dialog
from services.accounts.names.name_rules import DISPLAY_NAME_LIMIT
from services.core.i18n import _
from services.rooms.views import RoomView
from services.webhooks.webhooks import MAX_WEBHOOKS, WebhookView

EXAMPLE = """curl -H 'Content-Type: application/json' -d '{"text": "Hello"}' """
"""A command for the terminal, before the address."""


class Actions(Protocol):
    """What happens when something in the dialogs is pressed or filled in."""

    def on_show_webhooks(self, room_id: int, /) -> Awaitable[None]:
        """Go back to all webhooks."""

    def on_create_webhook(self, room_id: int, event: Any, /) -> Awaitable[None]:
        """Create a webhook."""

    def on_manage_webhook(self, room_id: int, webhook_id: int, /) -> Awaitable[None]:
        """Open the dialog about one webhook."""

    def on_rename_webhook(self, room_id: int, webhook_id: int, event: Any, /) -> Awaitable[None]:
        """Give a webhook another name."""

    def on_remove_webhook(self, room_id: int, webhook_id: int, /) -> Awaitable[None]:
        """Remove a webhook."""


def show(room: RoomView, webhooks: Sequence[WebhookView], actions: Actions) -> ui.dialog:
    """Open the dialog with the webhooks of a room, and a form to create one."""
    with dialog.show(_("Webhooks")) as shown:
        hint = _("With a webhook, a program such as Grafana or Uptime Kuma can post to this room.")
        ui.label(hint).classes("field-hint")
        if webhooks:
            with ui.element("div").props("data-testid=webhooks"):
                for each in webhooks:
                    _entry(room, each, actions)
        if room.is_archived:
            ui.label(_("Archived: you can only read it.")).classes("field-hint")
        elif room.is_encrypted:
            words = _("This room is encrypted: programs can't post to it any more.")
            ui.label(words).classes("field-hint")
        elif len(webhooks) < MAX_WEBHOOKS:
            with form.live() as create:
                form.field(_("Name of the program"), "name", limit=DISPLAY_NAME_LIMIT)
                form.button(_("Create webhook"))
            create.on(
                "filled",
                lambda event: actions.on_create_webhook(room.room_id, event),
                args=["detail"],
            )
    return shown


def show_address(room_id: int, address: str, actions: Actions) -> ui.dialog:
    """Open the dialog with the address of a new webhook, which is shown this once."""
    with dialog.show(_("Address of the webhook")) as shown:
        words = _(
            "Copy the address now: it is not shown again. Like a password, it lets whoever knows "
            "it post to this room."
        )
        ui.label(words).classes("field-hint")
        to_copy.draw(_("Address"), address).props("data-testid=webhook-address")
        ui.label(_("To try it, run this in a terminal:")).classes("field-hint")
        to_copy.draw(_("Command"), EXAMPLE + address)
        back = form.button(_("Back to webhooks"), kind="button", quiet=True)
        back.on("click", lambda: actions.on_show_webhooks(room_id))
    return shown


def show_one(room: RoomView, webhook: WebhookView, actions: Actions) -> ui.dialog:
    """Open the dialog about one webhook."""
    with dialog.show(webhook.bot.own_name) as shown:
        html.draw("div", _facts(webhook)).classes("entry")
        with form.live() as rename:
            name = webhook.bot.own_name
            form.field(_("Name"), "name", value=name, limit=DISPLAY_NAME_LIMIT)
            form.button(_("Save"))
        ids = room.room_id, webhook.webhook_id
        rename.on("filled", lambda event: actions.on_rename_webhook(*ids, event), args=["detail"])
        with form.fold(_("Remove webhook …"), danger=True):
            ui.label(_("Its address stops working for good. Its messages stay.")).classes(
                "field-hint"
            )
            remove = form.button(_("Remove"), kind="button").classes("danger-button")
            remove.props("data-testid=remove-webhook")
            remove.on("click", lambda: actions.on_remove_webhook(*ids))
        back = form.button(_("Back to webhooks"), kind="button", quiet=True)
        back.on("click", lambda: actions.on_show_webhooks(room.room_id))
    return shown


def _entry(room: RoomView, webhook: WebhookView, actions: Actions) -> None:
    with ui.element("div").classes("entry"):
        html.draw("div", _facts(webhook)).classes("grow entry")
        manage = form.button(_("Edit"), kind="button", quiet=True)
        manage.props["aria-label"] = _("Edit {name}").format(name=webhook.bot.display_name)
        manage.on("click", lambda: actions.on_manage_webhook(room.room_id, webhook.webhook_id))


def _facts(webhook: WebhookView) -> h.Fragment:
    return h.fragment[
        avatar.draw(webhook.bot),
        h.div(".grow")[
            h.div(dir="auto")[person_name.draw(webhook.bot)],
            h.div(".small")[_use(webhook)],
        ],
    ]


def _use(webhook: WebhookView) -> h.Node:
    if webhook.last_used_at is None:
        return _("Not used yet")
    at = webhook.last_used_at.isoformat(timespec="milliseconds")
    return [_("Last used:"), " ", h.time(datetime=at, data_long=True)]
