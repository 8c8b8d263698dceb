"""The list of the viewer's rooms and direct messages in the sidebar.

The list is sent to the page as HTML, as messages are: `rooms/sidebar/sidebar.js` puts it in, moves its
entries when something happens, and writes the last message under their names.
"""

from collections.abc import Sequence

import htpy as h
import msgspec
from markupsafe import Markup
from msgspec import Struct

from chat_ui.components import empty_state, encryption, html, room_sign
from models import Notify, RoomKind
from services.core.dto import UserSummary
from services.core.i18n import _, number, plural
from services.messages import summary
from services.rooms.room_queries import MAX_LISTED
from services.rooms.views import RoomView

_HOMES = ("favourites", "rooms", "direct")
"""The sections of rooms with nothing unread."""


class _Sections(Struct):
    """The rooms that are listed, each in one section, and in order."""

    unread: list[RoomView]
    favourites: list[RoomView]
    rooms: list[RoomView]
    direct: list[RoomView]
    archived: list[RoomView]


def draw(
    rooms: Sequence[RoomView], current: int | None, invitations: int = 0, refused: int = 0
) -> str:
    """Return the list as HTML; the browser counts on from `data-last` and `data-read`.

    Archived rooms are folded away at the foot. How many `invitations` are open, and how many
    scheduled messages were `refused`, are links to them at the top.
    """
    found = _sections(rooms, current)
    places = {room.room_id: place for place, room in enumerate(rooms)}

    def entries(listed: Sequence[RoomView]) -> h.Node:
        return [_entry(room, room.room_id == current, places[room.room_id]) for room in listed]

    has_rooms = any(room.kind != RoomKind.DIRECT and not room.is_archived for room in rooms)
    has_direct = any(room.kind == RoomKind.DIRECT and is_listed(room, current) for room in rooms)
    return str(
        h.fragment[
            h.a(".open-invitations", href="/invitations")[
                _("Invitations"), h.b[number(invitations)]
            ]
            if invitations
            else None,
            h.a(".open-invitations", href="/scheduled")[_("Not sent"), h.b[number(refused)]]
            if refused
            else None,
            _section("unread", _("Unread"), entries(found.unread)),
            _section("favourites", _("Favourites"), entries(found.favourites)),
            _section("rooms", _("Rooms"), entries(found.rooms), _new_room()),
            None if has_rooms else _no_rooms(),
            _find_rooms(),
            _section("direct", _("Direct messages"), entries(found.direct), _new_direct()),
            None if has_direct else _no_direct(),
            _archive(found.archived, current) if found.archived else None,
            h.a(".all-rooms", href="/rooms/mine")[_("All my rooms")]
            if len(rooms) >= MAX_LISTED
            else None,
        ]
    )


def facts() -> dict[str, str]:
    """Return the attributes of the element that the list comes into: what the browser needs."""
    return {
        "data-testid": "room-list",
        **html.counted(
            "unread",
            lambda count: plural("{count} unread message", "{count} unread messages", count),
        ),
        **html.counted(
            "mentions",
            lambda count: plural("{count} mention of you", "{count} mentions of you", count),
        ),
    }


def _sections(rooms: Sequence[RoomView], current: int | None) -> _Sections:
    """Sort rooms into sections: the one that is shown stays in its own while it is read."""
    found = _Sections([], [], [], [], [room for room in rooms if room.is_archived])
    for room in rooms:
        if room.is_archived or not is_listed(room, current):
            continue
        if room.unread and room.notify != Notify.NOTHING and room.room_id != current:
            found.unread.append(room)
        else:
            getattr(found, _home(room)).append(room)
    found.unread.sort(key=_newest)
    found.direct.sort(key=_newest)
    return found


def _home(room: RoomView) -> str:
    """Return the section of a room with nothing unread."""
    if room.is_favourite:
        return "favourites"
    return "direct" if room.kind == RoomKind.DIRECT else "rooms"


def _newest(room: RoomView) -> float:
    return -room.last.created_at.timestamp() if room.last else 0


def next_unread(rooms: Sequence[RoomView], current: int | None) -> RoomView | None:
    """Return the next room after `current` that has something unread and notifies.

    They follow each other as they would with nothing unread, the archived ones last; after the
    last room the list begins again.
    """
    shown = [room for room in rooms if not room.is_archived and is_listed(room, current)]
    in_turn = sorted(shown, key=lambda room: _HOMES.index(_home(room)))
    in_turn += [room for room in rooms if room.is_archived]
    at = next((n for n, room in enumerate(in_turn) if room.room_id == current), -1)
    others = in_turn[at + 1 :] + in_turn[: max(at, 0)]
    return next((room for room in others if room.unread and room.notify != Notify.NOTHING), None)


def _section(name: str, title: str, entries: h.Node, extra: Markup | None = None) -> h.Element:
    return h.div(".section", data_section=name)[
        _section_head(title, extra), h.ul(".rooms")[entries]
    ]


@html.cached
def _section_head(title: str, extra: Markup | None) -> h.Element:
    return h.div(".section-head")[
        h.h2[
            h.button(type="button", aria_expanded="true", data_action="fold")[
                html.icon("expand_more"), h.span[title]
            ]
        ],
        extra,
    ]


@html.cached
def _new_room() -> h.Element:
    return html.button("add", _("Create room"), data_ask="new_room", data_testid="new-room")


@html.cached
def _new_direct() -> h.Element:
    words = _("New message")
    return html.button("add", words, data_action="pick-people", data_testid="new-direct")


@html.cached
def _find_rooms() -> h.Element:
    return h.a(".find", href="/rooms")[html.icon("travel_explore"), h.span[_("Find rooms")]]


@html.cached
def _no_rooms() -> h.Element:
    return empty_state.draw("rooms", _("You are not in any room yet. Find one or create your own."))


@html.cached
def _no_direct() -> h.Element:
    return empty_state.draw(
        "people",
        _("Write to one person, or to several."),
        h.button(".link", type="button", data_action="pick-people")[_("New message")],
    )


def is_listed(room: RoomView, current: int | None) -> bool:
    """Return whether a room is listed: direct messages only once they have a message."""
    return room.kind != RoomKind.DIRECT or room.last_seq > 0 or room.room_id == current


def entry(room: RoomView, current: int | None = None, *, place: int = 0) -> Markup:
    """Return the entry of a room in a list, where it is at `place` among all by their names."""
    return _entry(room, room.room_id == current, place)


@html.cached
def _entry(room: RoomView, is_current: bool, place: int) -> h.Element:
    last = summary.of_last(room.last) if room.last else None
    return h.li(style=f"--at:{-last.at // 1000 if last else 0}")[
        h.a(
            href=f"/rooms/{room.room_id}",
            data_room_id=room.room_id,
            data_last=room.last_seq,
            data_read=room.read_up_to,
            data_unread=str(room.unread) if room.unread else None,
            data_uncounted=" ".join(map(str, room.uncounted)) or None,
            data_mentions=str(room.mentions) if room.mentions else None,
            data_notify=room.notify,
            data_kind=room.kind,
            data_home=None if room.is_archived else _home(room),
            data_place=place,
            data_group=len(room.people) > 1 or None,
            data_summary=msgspec.json.encode(last).decode() if last else None,
            aria_current="page" if is_current else None,
            title=room.topic or None,
        )[_named(room.title, room.kind, room.people, room.is_announcement, room.is_encrypted)]
    ]


@html.cached
def _named(
    title: str,
    kind: str,
    people: tuple[UserSummary, ...],
    is_announcement: bool,
    is_encrypted: bool,
) -> h.Fragment:
    return h.fragment[
        room_sign.draw(kind, people, is_announcement=is_announcement),
        h.span(".entry-text")[
            encryption.sign() if is_encrypted else None,
            h.span(".name", dir="auto")[title],
            h.span(".when"),
            h.span(".last-said"),
        ],
        h.span(".counts.visually-hidden"),
    ]


def words_of_browser() -> str:
    """Return the words for last messages, as JSON, by their kind."""
    words = {
        "photo": _("Photo"),
        "sticker": _("Sticker: {text}"),
        "video": _("Video"),
        "voice": _("Voice message"),
        "poll": _("Poll: {text}"),
        "encrypted": _("Encrypted message"),
        "deleted": _("Message deleted"),
        "blocked": _("Blocked message"),
        "mine": _("You: {text}"),
        "theirs": _("{name}: {text}"),
    }
    return msgspec.json.encode(words).decode()


def _archive(rooms: Sequence[RoomView], current: int | None) -> h.Element:
    is_open = any(room.room_id == current for room in rooms)
    return h.details(".archive", open=is_open, data_testid="archived")[
        h.summary[_("Archived: {count}").format(count=number(len(rooms)))],
        h.ul(".rooms")[(entry(room, current) for room in rooms)],
    ]


STYLE = """
.section:not(:has(li)):is([data-section="unread"], [data-section="favourites"]) { display: none; }
.section-head { display: flex; align-items: center; justify-content: space-between; padding: 12px 12px 2px; min-block-size: 40px; }
.section-head h2 { margin: 0; font-size: var(--text-s); line-height: 1.3; letter-spacing: 0; }
.section-head h2 button { display: flex; align-items: center; gap: 4px; padding: 3px 6px; min-block-size: 26px; border: 0; border-radius: var(--radius-m); background: none; color: var(--muted); font: 650 var(--text-s) var(--font); cursor: pointer; }
.section-head h2 button:hover { color: var(--ink); background: var(--hover); }
.section-head h2 button:focus-visible { outline: 2px solid var(--accent); }
.section-head h2 .q-icon { font-size: var(--icon-s); transition: transform var(--fast); }
.section-head [aria-expanded="false"] .q-icon { transform: rotate(-90deg); }
[dir="rtl"] .section-head [aria-expanded="false"] .q-icon { transform: rotate(90deg); }
.section-head .icon-button { inline-size: 28px; block-size: 28px; font-size: var(--icon-m); }
.rooms { list-style: none; margin: 0; padding: 0 8px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1px; }
.rooms a { display: flex; align-items: center; gap: 10px; padding: 6px 10px; min-block-size: 36px; border-radius: var(--radius-m); color: var(--ink); text-decoration: none; font-size: var(--text-l); }
.rooms a:hover { background: var(--hover); }
.rooms a:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.rooms a[aria-current] { background: var(--selected); font-weight: 600; }
.rooms .sign, .switcher-found .sign { display: inline-grid; place-items: center; color: var(--muted); inline-size: 20px; flex: none; }
.switcher-found .sign { inline-size: 24px; }
.rooms .sign .q-icon { font-size: var(--icon-s); }
.entry-text { flex: 1; min-inline-size: 0; display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 8px; align-items: baseline; }
.entry-text:has(> .encrypted-sign) { grid-template-columns: auto minmax(0, 1fr) auto; }
.entry-text > .encrypted-sign { margin-inline-end: -4px; align-self: center; }
.rooms .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.rooms .when { color: var(--muted); font-size: var(--text-xs); font-weight: 400; }
.rooms .last-said { grid-column: 1 / -1; color: var(--muted); font-size: var(--text-s); font-weight: 400; line-height: 1.35; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.rooms .last-said:empty { display: none; }
.rooms a[data-unread] { font-weight: 700; }
.rooms a[data-unread]:not([data-notify="nothing"]) .last-said { color: var(--ink); }
@media (min-width: 700.1px) {
  [data-kind="public"] :is(.when, .last-said), [data-kind="private"] :is(.when, .last-said), .archive :is(.when, .last-said) { display: none; }
}
.rooms .faces { inline-size: 36px; block-size: 36px; }
/* On the entry itself, since attr() reads what stands on the element whose ::after it is. */
.rooms a[data-unread]::after, .rooms a[data-mentions]::before {
  font: 700 var(--text-xs)/1 var(--font); border-radius: var(--radius-full); padding: 4px 7px; min-inline-size: 20px; text-align: center;
  background: var(--line); color: var(--ink); flex: none; order: 2;
}
.rooms a[data-mentions]::before { content: "@" attr(data-mentions-shown) / ""; order: 1; }
.rooms a[data-unread]::after { content: attr(data-unread-shown) / ""; }
.rooms a[data-notify="everything"]::after, .rooms a[data-kind="direct"]::after,
.rooms a[data-mentions]::before { background: var(--accent); color: var(--on-accent); }
.rooms a[data-notify="nothing"]::before, .rooms a[data-notify="nothing"]::after {
  background: none; color: var(--muted); font-weight: 500; padding-inline: 2px;
}
.rooms a[data-notify="nothing"][data-unread] { font-weight: 400; }
/* News of another room, where the list is behind a button. */
body:has(.rooms a[data-unread]:not([aria-current], [data-notify="nothing"])) .only-narrow[data-action="rooms"] { position: relative; }
body:has(.rooms a[data-unread]:not([aria-current], [data-notify="nothing"])) .only-narrow[data-action="rooms"]::after {
  content: ""; position: absolute; inset-block-start: calc(50% - 15px); inset-inline-end: calc(50% - 14px); inline-size: 10px; block-size: 10px; border-radius: 50%; background: var(--accent); box-shadow: 0 0 0 2px var(--surface);
}
.section:has(h2 [aria-expanded="false"]) .rooms { display: none; }
.archive { margin: 10px 0 6px; }
.archive summary { cursor: pointer; color: var(--muted); font-size: var(--text-s); padding: 6px 20px; }
.archive summary::after { content: " ▾"; }
.archive[open] summary::after { content: " ▴"; }
.archive .name { color: var(--muted); }
.all-rooms { display: block; padding: 8px 20px; font-size: var(--text-m); }
@media (max-width: 700px) { /* one list by the last message, as in the chats of a phone */
  .room-list :is(.section, .section .rooms) { display: contents; }
  .room-list :is(.section-head, .find) { display: none; }
  .room-list .section li { order: var(--at); padding-inline: 8px; }
  .room-list .open-invitations { order: -2000000000; }
  .room-list :is(.archive, .all-rooms, .empty) { order: 1; }
  .rooms a { min-block-size: 68px; gap: 12px; padding: 8px 10px; }
  .rooms .name { font-size: var(--text-xl); font-weight: 600; }
  .rooms .last-said { font-size: var(--text-l); }
  .rooms :is(.sign, .faces) { inline-size: 50px; block-size: 50px; }
  .rooms .sign { border-radius: 50%; background: var(--selected); color: var(--accent); }
  .rooms a[aria-current] .sign { background: var(--surface); }
  .rooms .sign .q-icon { font-size: var(--icon-l); }
  .sidebar:has([name="list-filter"][value="unread"]:checked) .room-list li:not(:has([data-unread])),
  .sidebar:has([name="list-filter"][value="rooms"]:checked) .room-list li:has([data-kind="direct"]),
  .sidebar:has([name="list-filter"][value="people"]:checked) .room-list li:not(:has([data-kind="direct"])) { display: none; }
}
"""
