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
            "{names} is not in this room and was not notified.",
            "{names} are not in this room and were not notified.",
            len(found.people),
        ).format(names=", ".join(person.display_name for person in found.people))
    if found.denied:
        yield _("Your message was sent, but only moderators can notify everyone.")


def _add(person: UserSummary, on_add: OnAdd) -> None:
    with ui.element("button").props("type=button") as button:
        ui.label(_("Add {name}").format(name=person.display_name))
    button.on("click", lambda: on_add(person.username))


STYLE = """
.undelivered { display: flex; gap: 6px 14px; align-items: center; flex-wrap: wrap; inline-size: min(100% - 2 * var(--space-4), var(--column)); margin: 0 auto 6px; padding-block: 4px; padding-inline: 14px 6px; border-radius: var(--radius-l); background: var(--notice); color: var(--ink); font-size: var(--text-s); }
.undelivered .grow { flex: 1; min-inline-size: 200px; }
.undelivered button:not(.icon-button) { font: 600 var(--text-s) var(--font); color: var(--link); background: none; border: 0; padding: 4px 0; cursor: pointer; }
"""
