"""The rooms one is in, down the side."""

from collections.abc import Sequence

import htpy as h

from chat_ui import plain
from models import RoomKind
from services.rooms import MOST_LISTED
from services.views import RoomView
from services.words import _


def draw(rooms: Sequence[RoomView], current: int | None) -> str:
    """Return the list as HTML; the browser counts on from `data-last` and `data-read`.

    Archived rooms are folded away at its foot.
    """
    if not rooms:
        return str(h.p(".no-rooms")[_("You are in no room. Find one, or make your own.")])
    archived = [room for room in rooms if room.is_archived]
    return str(
        h.fragment[
            h.ul(".rooms")[(entry(room, current) for room in rooms if not room.is_archived)],
            _archive(archived, current) if archived else None,
            h.a(".all-rooms", href="/rooms/mine")[_("All my rooms")]
            if len(rooms) >= MOST_LISTED
            else None,
        ]
    )


def entry(room: RoomView, current: int | None = None) -> h.Element:
    """Return a room's place in a list."""
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
        )[
            h.span(".sign", aria_hidden="true")[_sign(room)],
            h.span(".name", dir="auto")[room.title],
            h.span(".counts"),
        ]
    ]


def _archive(rooms: Sequence[RoomView], current: int | None) -> h.Element:
    is_open = any(room.room_id == current for room in rooms)
    return h.details(".archive", open=is_open, data_testid="archived")[
        h.summary[_("Archived: {count}").format(count=len(rooms))],
        h.ul(".rooms")[(entry(room, current) for room in rooms)],
    ]


def _sign(room: RoomView) -> h.Node:
    if room.is_announcement:
        return plain.icon("campaign")
    return "#" if room.kind == RoomKind.PUBLIC else "◆"


STYLE = """
.rooms { list-style: none; margin: 0; padding: 0 8px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 2px; }
.rooms a {
  display: flex; align-items: center; gap: 8px; padding: 8px 10px; border-radius: 10px; color: var(--ink);
  text-decoration: none; font-size: 14.5px;
}
.rooms a:hover { background: var(--hover); }
.rooms a[aria-current] { background: var(--selected); font-weight: 600; }
.rooms .sign { color: var(--muted); inline-size: 14px; text-align: center; }
.rooms .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.rooms a[data-unread] { font-weight: 700; }
.rooms .counts { display: flex; gap: 4px; flex: none; }
.rooms .counts::before, .rooms .counts::after {
  font: 700 11.5px/1 var(--font); border-radius: 999px; padding: 4px 7px; min-inline-size: 20px; text-align: center;
  background: var(--line); color: var(--muted);
}
.rooms a[data-unread] .counts::after { content: attr(data-unread); }
.rooms a[data-mentions] .counts::before { content: "@" attr(data-mentions); }
.rooms a[data-notify="everything"] .counts::after, .rooms a[data-kind="direct"] .counts::after,
.rooms a[data-mentions] .counts::before { background: var(--accent); color: var(--on-accent); }
.rooms a[data-notify="nothing"] .counts::before, .rooms a[data-notify="nothing"] .counts::after {
  background: none; color: var(--muted); font-weight: 500; padding-inline: 2px;
}
.rooms a[data-notify="nothing"][data-unread] { font-weight: 400; }
.rooms .sign .q-icon { font-size: 15px; vertical-align: -2px; }
.archive { margin: 10px 0 6px; }
.archive summary { cursor: pointer; color: var(--muted); font-size: 13px; padding: 6px 20px; }
.archive .name { color: var(--muted); }
.all-rooms { display: block; padding: 8px 20px; font-size: 13.5px; }
.no-rooms { color: var(--muted); padding: 0 18px; font-size: 14px; }
"""
