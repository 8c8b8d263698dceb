"""The files of a room: pictures side by side, all else in rows, by months, the newest first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import groupby
from urllib.parse import urlencode

import htpy as h

from chat_ui.components import avatar, html, page_header
from chat_ui.messages import attachment
from models import FileKind
from services.core import timezones
from services.core.dto import CurrentUser, UserSummary
from services.core.i18n import _
from services.files.files import Kinds, RoomFile, RoomFiles
from services.rooms.views import RoomView


@dataclass(frozen=True)
class FilesFilter:
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


def draw(viewer: CurrentUser, room: RoomView, asked: FilesFilter, found: RoomFiles) -> None:
    """Draw the files that were `found`, and the filters."""
    older = replace(asked, before=found.before)
    with page_header.draw(_("Files")):
        html.draw(
            "div",
            h.a(".back", href=f"/rooms/{room.room_id}")[
                html.icon("arrow_back"), h.span(dir="auto")[room.title]
            ],
            _choices(asked, found.senders),
            _months(found.files, timezones.time_zone_of(viewer.preferences))
            if found.files
            else _nothing(asked),
            h.a(".button.quiet", href=older.address, data_testid="older-files")[_("Older")]
            if found.before
            else None,
        ).classes("room-files").props("data-testid=room-files")


def _nothing(asked: FilesFilter) -> h.Element:
    everything = asked == FilesFilter(asked.room_id)
    return h.p(".field-hint", data_testid="no-files")[
        _("No files yet. Send one with the paper clip beside where you type.")
        if everything
        else _("There are no such files here.")
    ]


# -- what one can ask for --------------------------------------------------------------------


def _choices(asked: FilesFilter, senders: Iterable[UserSummary]) -> h.Fragment:
    kinds = (
        (None, _("All")),
        (Kinds.PICTURES, _("Pictures")),
        (Kinds.MEDIA, _("Audio and video")),
        (Kinds.DOCUMENTS, _("Documents and text")),
        (Kinds.OTHER, _("Other")),
    )
    return h.fragment[
        h.nav(".search-order", aria_label=_("Kind"))[
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
            h.span(dir="auto")[chosen.display_name if chosen else _("From everybody")],
        ],
        h.nav(aria_label=_("Person"))[
            _choice(replace(asked, user_id=None, before=None), asked, _("Everybody")),
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
            h.h2[h.time(datetime=files[0].sent_at.isoformat(), data_shows="month")],
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
                aria_label=_("{name}: to the message").format(name=sent.file.name),
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
                attachment.facts(sent.file),
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
    return h.a(
        ".icon-button",
        href=f"{attachment.address(sent.room_id, sent.seq)}?save",
        download=sent.file.name,
        aria_label=words,
        title=words,
    )[html.icon("download")]


def _permalink(sent: RoomFile) -> str:
    return f"/rooms/{sent.room_id}/messages/{sent.seq}"


STYLE = """
.room-files { display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px; }
.room-files .back { display: flex; align-items: center; gap: 6px; font-size: 14px; text-decoration: none; min-inline-size: 0; inline-size: fit-content; max-inline-size: 100%; }
.room-files .back span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.room-files .back:hover span { text-decoration: underline; }
[dir="rtl"] .room-files .back .q-icon { transform: scaleX(-1); }
.room-files .search-order { flex-wrap: wrap; margin-inline: -8px; }
.senders summary { display: flex; inline-size: fit-content; max-inline-size: 100%; align-items: center; gap: 8px; font-size: 13.5px; font-weight: 600; color: var(--muted); cursor: pointer; padding: 4px; border-radius: 999px; list-style: none; }
.senders summary::after { content: "▾"; }
.senders[open] summary::after { content: "▴"; }
.senders summary .q-icon { font-size: 20px; }
.senders nav { display: flex; flex-wrap: wrap; gap: 6px; padding-block-start: 8px; max-block-size: 30dvh; overflow-y: auto; }
.senders nav a { display: flex; align-items: center; gap: 6px; max-inline-size: 100%; min-block-size: 34px; padding: 3px 12px 3px 5px; border: 1px solid var(--line); border-radius: 999px; background: var(--surface); color: var(--ink); font-size: 13.5px; text-decoration: none; }
.senders nav a:first-child { padding-inline-start: 12px; }
.senders nav a:hover { border-color: var(--accent); }
.senders nav a[aria-current] { background: var(--selected); border-color: var(--accent); }
.senders span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.senders .avatar { inline-size: 24px; block-size: 24px; }
.room-files section { display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px; }
.room-files h2 { font-size: 14px; font-weight: 700; line-height: 1.4; margin: 8px 0 0; min-block-size: 1.4em; }
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
.tile-foot .to-message { flex: 1; display: grid; font-size: 12px; line-height: 1.35; }
.tile-foot span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tile-foot time { color: var(--muted); font-size: 11.5px; }
.tile-foot .icon-button { inline-size: 32px; block-size: 36px; font-size: 18px; margin-inline-end: -4px; }

.file-rows { border: 1px solid var(--line); border-radius: 14px; background: var(--surface); overflow: hidden; }
.file-rows .sent-file { display: flex; align-items: center; gap: 12px; padding: 8px 8px 8px 12px; min-inline-size: 0; }
.file-rows .sent-file:hover { background: var(--hover); }
.file-rows .sent-file + .sent-file { border-block-start: 1px solid var(--line); }
.file-rows .sent-file > .q-icon { inline-size: 40px; font-size: 26px; color: var(--link); flex: none; text-align: center; }
.file-rows img { inline-size: 40px; block-size: 40px; object-fit: cover; border-radius: 8px; background: var(--code); flex: none; }
.file-rows .to-message { flex: 1; display: grid; }
.file-rows .file-facts { overflow-wrap: anywhere; }
.sent-file[data-folded=""] > :not(.unfold) { display: none; }
.sent-file .unfold { margin-inline: 0; }
.tiles .sent-file .unfold { inline-size: 100%; aspect-ratio: 1; }
"""
