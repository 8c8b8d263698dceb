"""Shows open pages, and those that open from now on, what an administrator has made of the chat."""

import asyncio

from nicegui import app

from chat_ui.components import branding
from chat_ui.realtime import protocol, push, subscriptions, tasks
from chat_ui.server import assets, web_app
from services.core import events

_listeners = events.Listeners(everywhere=True)


def start() -> None:
    """Take over the icon that is stored, and subscribe to changes."""
    app.config.favicon = branding.tab_icon()
    _listeners.add(events.BrandingChanged, _on_changed)


def stop() -> None:
    """Unsubscribe."""
    _listeners.remove_all()


def _on_changed(_event: events.BrandingChanged) -> None:
    app.config.favicon = branding.tab_icon()
    web_app.forget()
    tasks.spawn(_update(), "branding")


async def _update() -> None:
    await asyncio.to_thread(assets.rebrand)
    web_app.forget()  # once more: what was asked for until now has the old addresses
    await push.to_everyone(protocol.Stylesheet(assets.style_address()))
    for page in list(subscriptions.pages().values()):
        page.branding_changed()
        await asyncio.sleep(0)  # others' turn: there may be thousands of pages
