"""The bar about mentions that notify nobody; it offers to add people who are not in the room."""

from collections.abc import Awaitable, Callable, Iterator

from nicegui import ui

from chat_ui.components import icon_button
from services.core.dto import UserSummary
from services.core.i18n import _, plural
from services.mentions.autocomplete import UndeliveredMentions

OnAdd = Callable[[str], Awaitable[None]]
"""Adds a user to the room, by username."""


def draw(found: UndeliveredMentions, on_add: OnAdd) -> ui.element:
    """Draw the bar and return it."""
    with ui.element("div").classes("undelivered").props("role=status data-testid=unreached") as bar:
        with ui.element("div").classes("grow"):
            for sentence in _sentences(found):
                ui.label(sentence)
        if found.may_add:
            for person in found.people:
                _add(person, on_add)
        icon_button.draw("close", _("Close")).on("click", bar.delete)
    return bar


def _sentences(found: UndeliveredMentions) -> Iterator[str]:
    if found.people:
        yield plural(
            "{names} is not in this room and was not told.",
            "{names} are not in this room and were not told.",
            len(found.people),
        ).format(names=", ".join(person.display_name for person in found.people))
    if found.denied:
        yield _("Only moderators call everybody. Your message was sent, and nobody was called.")


def _add(person: UserSummary, on_add: OnAdd) -> None:
    with ui.element("button").props("type=button") as button:
        ui.label(_("Add {name}").format(name=person.display_name))
    button.on("click", lambda: on_add(person.username))


STYLE = """
.undelivered { display: flex; gap: 6px 14px; align-items: center; flex-wrap: wrap; margin: 0 16px; padding: 4px 6px 4px 14px; border-radius: 12px; background: var(--notice); color: var(--ink); font-size: 13.5px; }
.undelivered .grow { flex: 1; min-inline-size: 200px; }
.undelivered button:not(.icon-button) { font: 600 13.5px var(--font); color: var(--link); background: none; border: 0; padding: 4px 0; cursor: pointer; }
"""
