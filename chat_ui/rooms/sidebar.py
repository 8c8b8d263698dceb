"""The list of the viewer's rooms and direct messages in the sidebar.

The list is sent to the page as HTML, as messages are: `rooms/sidebar.js` puts it in.
"""

from collections.abc import Sequence

import htpy as h

from chat_ui.components import html, room_sign
from models import Notify, RoomKind
from services.core.dto import UserSummary
from services.core.i18n import _
from services.rooms.rooms import MAX_LISTED
from services.rooms.views import RoomView


def draw(rooms: Sequence[RoomView], current: int | None) -> str:
    """Return the list as HTML; the browser counts on from `data-last` and `data-read`.

    Direct messages have a part of their own; archived rooms are folded away at the foot.
    """
    named, direct, archived = _parts(rooms, current)
    return str(
        h.fragment[
            h.ul(".rooms")[(entry(room, current) for room in named)]
            if named
            else h.p(".no-rooms")[_("You are in no room. Find one, or make your own.")],
            _between(),
            h.ul(".rooms")[(entry(room, current) for room in direct)] if direct else None,
            _archive(archived, current) if archived else None,
            h.a(".all-rooms", href="/rooms/mine")[_("All my rooms")]
            if len(rooms) >= MAX_LISTED
            else None,
        ]
    )


def _parts(
    rooms: Sequence[RoomView], current: int | None
) -> tuple[list[RoomView], list[RoomView], list[RoomView]]:
    """Return the rooms, the direct messages and the archived rooms that are listed."""
    shown = [room for room in rooms if not room.is_archived and is_listed(room, current)]
    return (
        [room for room in shown if room.kind != RoomKind.DIRECT],
        [room for room in shown if room.kind == RoomKind.DIRECT],
        [room for room in rooms if room.is_archived],
    )


def next_unread(rooms: Sequence[RoomView], current: int | None) -> RoomView | None:
    """Return the next room after `current` in the list that has something unread and notifies.

    After the last room the list begins again.
    """
    listed = [room for part in _parts(rooms, current) for room in part]
    at = next((n for n, room in enumerate(listed) if room.room_id == current), -1)
    others = listed[at + 1 :] + listed[: max(at, 0)]
    return next((room for room in others if room.unread and room.notify != Notify.NOTHING), None)


@html.cached
def _between() -> h.Element:
    return h.div(".rooms-head")[
        h.h2[_("Direct messages")],
        html.button("add", _("Talk with …"), data_action="pick-people", data_testid="new-direct"),
    ]


def is_listed(room: RoomView, current: int | None) -> bool:
    """Return whether a room is listed: direct messages only once they have a message."""
    return room.kind != RoomKind.DIRECT or room.last_seq > 0 or room.room_id == current


def entry(room: RoomView, current: int | None = None) -> h.Element:
    """Return the entry of a room in a list."""
    return h.li[
        h.a(
            href=f"/rooms/{room.room_id}",
            data_room_id=room.room_id,
            data_last=room.last_seq,
            data_read=room.read_up_to,
            data_unread=str(room.unread) if room.unread else None,
            data_mentions=str(room.mentions) if room.mentions else None,
            data_notify=room.notify,
            data_kind=room.kind,
            aria_current="page" if room.room_id == current else None,
            title=room.topic or None,
        )[_named(room.title, room.kind, room.people, room.is_announcement)]
    ]


@html.cached
def _named(
    title: str, kind: str, people: tuple[UserSummary, ...], is_announcement: bool
) -> h.Fragment:
    return h.fragment[
        room_sign.draw(kind, people, is_announcement=is_announcement),
        h.span(".name", dir="auto")[title],
    ]


def _archive(rooms: Sequence[RoomView], current: int | None) -> h.Element:
    is_open = any(room.room_id == current for room in rooms)
    return h.details(".archive", open=is_open, data_testid="archived")[
        h.summary[_("Archived: {count}").format(count=len(rooms))],
        h.ul(".rooms")[(entry(room, current) for room in rooms)],
    ]


STYLE = """
.rooms { list-style: none; margin: 0; padding: 0 8px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 2px; }
.rooms a {
  display: flex; align-items: center; gap: 8px; padding: 8px 10px; border-radius: 10px; color: var(--ink);
  text-decoration: none; font-size: 14.5px;
}
.rooms a:hover { background: var(--hover); }
.rooms a[aria-current] { background: var(--selected); font-weight: 600; }
.rooms .sign { color: var(--muted); inline-size: 14px; text-align: center; }
.switcher-found .sign { color: var(--muted); inline-size: 24px; text-align: center; flex: none; }
.rooms-head { display: flex; align-items: center; justify-content: space-between; padding: 14px 12px 2px 20px; }
.rooms-head h2 { margin: 0; font-size: 12.5px; line-height: 1.3; font-weight: 650; color: var(--muted); letter-spacing: 0; }
.rooms-head .icon-button { inline-size: 28px; block-size: 28px; font-size: 19px; }
.rooms .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.rooms a[data-unread] { font-weight: 700; }
/* On the entry itself, since attr() reads what stands on the element whose ::after it is. */
.rooms a[data-unread]::after, .rooms a[data-mentions]::before {
  font: 700 11.5px/1 var(--font); border-radius: 999px; padding: 4px 7px; min-inline-size: 20px; text-align: center;
  background: var(--line); color: var(--muted); flex: none; order: 2;
}
.rooms a[data-mentions]::before { content: "@" attr(data-mentions); order: 1; }
.rooms a[data-unread]::after { content: attr(data-unread); }
.rooms a[data-notify="everything"]::after, .rooms a[data-kind="direct"]::after,
.rooms a[data-mentions]::before { background: var(--accent); color: var(--on-accent); }
.rooms a[data-notify="nothing"]::before, .rooms a[data-notify="nothing"]::after {
  background: none; color: var(--muted); font-weight: 500; padding-inline: 2px;
}
.rooms a[data-notify="nothing"][data-unread] { font-weight: 400; }
.rooms .sign .q-icon { font-size: 15px; vertical-align: -2px; }
.archive { margin: 10px 0 6px; }
.archive summary { cursor: pointer; color: var(--muted); font-size: 13px; padding: 6px 20px; }
.archive summary::after { content: " ▾"; }
.archive[open] summary::after { content: " ▴"; }
.archive .name { color: var(--muted); }
.all-rooms { display: block; padding: 8px 20px; font-size: 13.5px; }
.no-rooms { color: var(--muted); padding: 0 18px; font-size: 14px; }
"""
