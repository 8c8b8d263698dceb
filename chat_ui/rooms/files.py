"""The files of a room: pictures side by side, all else in rows, by months, the newest first.

They are listed in a panel beside it.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from itertools import groupby
from urllib.parse import urlencode

import htpy as h
from msgspec import Struct
from msgspec.structs import replace

from chat_ui.components import avatar, html
from chat_ui.components.overlays.panel import Panel
from chat_ui.messages.media import attachment
from chat_ui.realtime.validation import to_int
from models import FileKind
from services.core import filesize, timezones
from services.core.dto import CurrentUser, UserSummary
from services.core.i18n import _
from services.files.files import Kinds, RoomFile, RoomFiles


class FilesFilter(Struct, frozen=True):
    """Which files of a room to list."""

    room_id: int
    kind: Kinds | None = None
    user_id: int | None = None
    before: int | None = None

    @property
    def address(self) -> str:
        """Where they are."""
        asked = {"kind": self.kind, "from": self.user_id, "before": self.before}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/rooms/{self.room_id}/files" + (f"?{query}" if query else "")


def read(query: Mapping[str, str], room_id: int) -> FilesFilter:
    """Return what the query of an address asks for."""
    kind = query.get("kind", "")
    return FilesFilter(
        room_id,
        Kinds(kind) if kind in set(Kinds) else None,
        to_int(query.get("from")) or None,
        to_int(query.get("before")) or None,
    )


def panel(viewer: CurrentUser, asked: FilesFilter, found: RoomFiles) -> Panel:
    """Return the panel with the files that were `found`, and the filters."""
    older = replace(asked, before=found.before)
    content = h.div(".room-files", data_testid="room-files")[
        _choices(asked, found.senders),
        _months(found.files, timezones.time_zone_of(viewer.preferences))
        if found.files
        else _nothing(asked),
        h.a(".button.quiet", href=older.address, data_testid="older-files")[_("Older")]
        if found.before
        else None,
    ]
    return Panel(_("Files"), content)


def _nothing(asked: FilesFilter) -> h.Element:
    everything = asked == FilesFilter(asked.room_id)
    return h.p(".field-hint", data_testid="no-files")[
        _("No files yet. Send one with the paper clip next to the message box.")
        if everything
        else _("No matching files.")
    ]


# -- what can be asked for --------------------------------------------------------------------


def _choices(asked: FilesFilter, senders: Iterable[UserSummary]) -> h.Fragment:
    kinds = (
        (None, _("All")),
        (Kinds.PICTURES, _("Pictures")),
        (Kinds.MEDIA, _("Audio and video")),
        (Kinds.DOCUMENTS, _("Documents and text")),
        (Kinds.OTHER, _("Other")),
    )
    return h.fragment[
        h.nav(".search-order", aria_label=_("Type"))[
            (_choice(replace(asked, kind=kind, before=None), asked, words) for kind, words in kinds)
        ],
        _people(asked, list(senders)),
    ]


def _people(asked: FilesFilter, senders: list[UserSummary]) -> h.Element | None:
    """Return the choice of a person, where there is one."""
    if len(senders) < 2 and not asked.user_id:
        return None
    chosen = next((each for each in senders if each.user_id == asked.user_id), None)
    return h.details(".senders")[
        h.summary(data_testid="senders")[
            avatar.draw(chosen) if chosen else html.icon("group"),
            h.span(dir="auto")[chosen.display_name if chosen else _("From everyone")],
        ],
        h.nav(aria_label=_("Person"))[
            _choice(replace(asked, user_id=None, before=None), asked, _("Everyone")),
            (
                _choice(
                    replace(asked, user_id=each.user_id, before=None),
                    asked,
                    avatar.draw(each),
                    h.span(dir="auto")[each.display_name],
                )
                for each in senders
            ),
        ],
    ]


def _choice(leads_to: FilesFilter, asked: FilesFilter, *words: h.Node) -> h.Element:
    is_chosen = leads_to == replace(asked, before=None)
    return h.a(href=leads_to.address, aria_current="page" if is_chosen else None)[words]


# -- what is there ---------------------------------------------------------------------------


def _months(found: Iterable[RoomFile], zone: tzinfo) -> Iterable[h.Node]:
    """Go through the months of the reader; in each what came is in the order it came in."""

    def month(sent: RoomFile) -> tuple[int, int]:
        there = sent.sent_at.astimezone(zone)
        return there.year, there.month

    for _month, of_month in groupby(found, month):
        files = list(of_month)
        yield h.section[
            h.h3[h.time(datetime=files[0].sent_at.isoformat(), data_shows="month")],
            (
                h.ul(".tiles" if are_pictures else ".file-rows")[
                    map(_tile if are_pictures else _row, beside)
                ]
                for are_pictures, beside in groupby(files, _is_picture)
            ),
        ]


def _is_picture(sent: RoomFile) -> bool:
    return sent.file.kind == FileKind.PICTURE and sent.file.has_preview


def _tile(sent: RoomFile) -> h.Element:
    return h.li(
        ".sent-file.file",
        data_author_id=sent.author.user_id,
        data_name=sent.file.name,
        title=sent.file.name,
    )[
        attachment.picture(sent.room_id, sent.seq, sent.file),
        h.span(".tile-foot")[
            h.a(
                ".to-message",
                href=_permalink(sent),
                aria_label=_("{name}: go to message").format(name=sent.file.name),
            )[
                h.span(dir="auto")[sent.author.display_name],
                h.time(datetime=sent.sent_at.isoformat(), data_shows="day"),
            ],
            _save(sent),
        ],
    ]


def _row(sent: RoomFile) -> h.Element:
    return h.li(".sent-file", data_author_id=sent.author.user_id)[
        _thumbnail(sent),
        h.a(".to-message.grow", href=_permalink(sent))[
            h.span(".file-name", dir="auto")[sent.file.name],
            h.span(".file-facts")[
                attachment.facts(sent.file, filesize.text(sent.file.size)),
                " · ",
                h.bdi[sent.author.display_name],
                " · ",
                h.time(datetime=sent.sent_at.isoformat(), data_shows="moment"),
            ],
        ],
        _save(sent),
    ]


def _thumbnail(sent: RoomFile) -> h.Node:
    if not sent.file.has_preview:
        return html.icon(attachment.ICONS[FileKind(sent.file.kind)])
    where = attachment.preview(sent.room_id, sent.seq)
    return h.img(src=where, alt="", loading="lazy", decoding="async")


def _save(sent: RoomFile) -> h.Element:
    words = _("Save {name}").format(name=sent.file.name)
    address = f"{attachment.address(sent.room_id, sent.seq)}?save"
    return html.link("download", words, address, download=sent.file.name)


def _permalink(sent: RoomFile) -> str:
    return f"/rooms/{sent.room_id}/messages/{sent.seq}"


STYLE = """
.room-files { display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px; }
.room-files .search-order { flex-wrap: wrap; margin-inline: -8px; }
.senders summary { display: flex; inline-size: fit-content; max-inline-size: 100%; align-items: center; gap: 8px; font-size: var(--text-s); font-weight: 600; color: var(--muted); cursor: pointer; padding: 4px; border-radius: var(--radius-full); list-style: none; }
.senders summary::after { content: "▾"; }
.senders[open] summary::after { content: "▴"; }
.senders summary .q-icon { font-size: var(--icon-m); }
.senders nav { display: flex; flex-wrap: wrap; gap: 6px; padding-block-start: 8px; max-block-size: 30dvh; overflow-y: auto; }
.senders nav a { display: flex; align-items: center; gap: 6px; max-inline-size: 100%; min-block-size: 34px; padding-block: 3px; padding-inline: 5px 12px; border: 1px solid var(--line); border-radius: var(--radius-full); background: var(--surface); color: var(--ink); font-size: var(--text-s); text-decoration: none; }
.senders nav a:first-child { padding-inline-start: 12px; }
.senders nav a:hover { border-color: var(--accent); }
.senders nav a[aria-current] { background: var(--selected); border-color: var(--accent); }
.senders span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.senders .avatar { inline-size: 24px; block-size: 24px; }
.room-files section { display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px; }
.room-files h3 { font-size: var(--text-m); font-weight: 700; line-height: 1.4; margin: 8px 0 0; min-block-size: 1.4em; }
.room-files ul { list-style: none; margin: 0; padding: 0; }
.room-files > .button { justify-self: start; text-decoration: none; }
.to-message { color: var(--ink); text-decoration: none; min-inline-size: 0; justify-items: start; }
.to-message > * { max-inline-size: 100%; } /* a name that reads the other way begins where the others do */
.to-message:hover > :first-child { text-decoration: underline; }

.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 10px; }
.tiles .sent-file { min-inline-size: 0; }
.tiles .sent-file .picture { max-inline-size: none; inline-size: 100%; aspect-ratio: 1; border: 1px solid var(--line); }
.tiles .sent-file .picture img { inline-size: 100%; block-size: 100%; object-fit: cover; }
.tiles .picture:hover { border-color: var(--accent); }
.tile-foot { display: flex; align-items: center; }
.tile-foot .to-message { flex: 1; display: grid; font-size: var(--text-xs); line-height: 1.35; }
.tile-foot span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tile-foot time { color: var(--muted); font-size: var(--text-xs); }
.tile-foot .icon-button { inline-size: 32px; block-size: 36px; font-size: var(--icon-s); margin-inline-end: -4px; }

.file-rows { border: 1px solid var(--line); border-radius: var(--radius-l); background: var(--surface); overflow: hidden; }
.file-rows .sent-file { display: flex; align-items: center; gap: 12px; padding-block: 8px; padding-inline: 12px 8px; min-inline-size: 0; }
.file-rows .sent-file:hover { background: var(--hover); }
.file-rows .sent-file + .sent-file { border-block-start: 1px solid var(--line); }
.file-rows .sent-file > .q-icon { inline-size: 40px; font-size: var(--icon-l); color: var(--link); flex: none; text-align: center; }
.file-rows img { inline-size: 40px; block-size: 40px; object-fit: cover; border-radius: var(--radius-m); background: var(--code); flex: none; }
.file-rows .to-message { flex: 1; display: grid; }
.file-rows .file-facts { overflow-wrap: anywhere; }
.sent-file[data-folded=""] > :not(.unfold) { display: none; }
.sent-file .unfold { margin-inline: 0; }
.tiles .sent-file .unfold { inline-size: 100%; aspect-ratio: 1; }
"""
