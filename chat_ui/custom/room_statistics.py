"""A page: how many messages a room had on each of the last days, and who wrote them."""

from collections.abc import Callable
from datetime import UTC

import htpy as h
from nicegui import ui

from chat_ui.components import html, page_header
from chat_ui.components.forms import form
from chat_ui.page_context import PageContext
from chat_ui.plugins import page
from chat_ui.realtime.validation import to_int
from services.core.i18n import N_, _, date, number
from services.core.timezones import time_zone_of
from services.messages import statistics
from services.messages.statistics import RoomStatistics
from services.rooms import rooms
from services.rooms.views import RoomView

HEIGHT = 120
BAR = 16
"""The height of the plot, and the width of a day in it."""


@page("/statistics", title=N_("Room statistics"), icon="bar_chart", menu=True)
async def of_last_room(context: PageContext) -> Callable[[], None]:
    """Show the statistics of the room that was open last."""
    room_id = await rooms.last(context.viewer)
    return await of_room(context, str(room_id or 0))


@page("/rooms/{room_id}/statistics", title=N_("Room statistics"))
async def of_room(context: PageContext, room_id: str) -> Callable[[], None]:
    """Show the statistics of a room."""
    room = await rooms.get(context.viewer, to_int(room_id))
    mine = await rooms.mine(context.viewer, room.room_id)
    found = await statistics.of_room(context.viewer, room.room_id)
    return lambda: draw(context, room, mine, found)


def draw(context: PageContext, room: RoomView, mine: list[RoomView], found: RoomStatistics) -> None:
    """Draw the page: `ui` for what people use, one piece of HTML for each plot."""
    with page_header.draw(_("Room statistics")):
        ui.select(
            {each.room_id: each.title for each in mine},
            value=room.room_id,
            label=_("Room"),
            on_change=lambda event: context.navigation.go(f"/rooms/{event.value}/statistics"),
        ).props("data-testid=statistics-room")
        is_utc = time_zone_of(context.viewer.preferences) is UTC
        with form.card(_("Messages per day (UTC)") if is_utc else _("Messages per day")):
            html.draw("div", days(found)).props("data-testid=days")
        with form.card(_("Messages by person")):
            html.draw("ul", people(found)).classes("by-person").props("data-testid=by-person")


def days(found: RoomStatistics) -> h.Element:
    """Return a bar for each day."""
    most = max(count for _day, count in found.days) or 1
    width = BAR * len(found.days)
    return h.svg(
        ".by-day", viewBox=f"0 0 {width} {HEIGHT}", role="img", aria_label=_("Messages per day")
    )[
        (
            h.rect(
                x=index * BAR + 2,
                y=HEIGHT - HEIGHT * count // most,
                width=BAR - 4,
                height=HEIGHT * count // most,
                rx=3,
            )[h.title[f"{date(day)}: {number(count)}"]]
            for index, (day, count) in enumerate(found.days)
        )
    ]


def people(found: RoomStatistics) -> h.Fragment:
    """Return a bar for each person."""
    most = max((count for _person, count in found.people), default=1)
    return h.fragment[
        (
            h.li(style=f"--share: {100 * count // most}%")[
                h.span(dir="auto")[person.display_name], h.b[number(count)]
            ]
            for person, count in found.people
        )
    ]


STYLE = """
.by-day { inline-size: 100%; block-size: 140px; fill: var(--accent); }
.by-person { list-style: none; margin: 0; padding: 0; display: grid; gap: 6px; }
.by-person li { display: flex; justify-content: space-between; padding: 6px 10px; border-radius: var(--radius-m); background: linear-gradient(90deg, var(--selected) var(--share), transparent 0); }
"""
