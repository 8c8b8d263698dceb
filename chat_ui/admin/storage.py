"""For administrators: how much space files take, by kind and by person."""

from collections.abc import Iterator

import htpy as h

from chat_ui.admin import backups
from chat_ui.components import html, page_header
from chat_ui.components.forms import form
from services.backup.schedule import Backups
from services.core import filesize
from services.core.i18n import _, number, plural
from services.files.usage import Limits, Share, Usage


def draw(usage: Usage, made: Backups) -> None:
    """Draw the page."""
    with page_header.draw(_("Storage")):
        with form.card(_("Overview")):
            html.draw("div", *_amounts(usage)).classes("amounts")
        with form.card(_("Backups")):
            html.draw("div", *backups.draw(made)).classes("backups")
        with form.card(_("Usage by user")):
            _people(usage)
        with form.card(_("Limits")):
            html.draw("dl", *_limits(usage.limits, made.most)).classes("limits")
            html.draw(
                "div",
                _(
                    "These are server settings. To change one, the host edits it and "
                    "restarts the server."
                ),
            ).classes("field-hint")


def _amounts(usage: Usage) -> Iterator[h.Element]:
    yield _amount(
        _("All files"),
        _("{used} of {most}").format(
            used=filesize.text(usage.size), most=filesize.text(usage.limits.of_all)
        ),
        usage.size,
        usage.limits.of_all,
        _files(usage.files),
    )
    full = usage.disk_free < usage.limits.kept_free
    yield _amount(
        _("Disk"),
        _("{free} of {whole} free").format(
            free=filesize.text(usage.disk_free), whole=filesize.text(usage.disk_size)
        ),
        usage.disk_size - usage.disk_free,
        usage.disk_size,
        _("Files can be sent as long as {size} is free.").format(
            size=filesize.text(usage.limits.kept_free)
        ),
        is_full=full,
    )
    if full:
        yield h.p(".sentence", role="status")[
            _("The disk is nearly full, so no files can be sent. Free up space on it.")
        ]


def _amount(
    name: str, words: str, size: int, whole: int, hint: str, *, is_full: bool = False
) -> h.Element:
    return h.div(".amount")[
        h.div(".used-words")[h.b[name], h.span[words]],
        _bar(size, whole, is_full=is_full or size >= whole),
        h.div(".field-hint")[hint],
    ]


def _people(usage: Usage) -> None:
    if not usage.largest:
        html.draw("div", _("No files yet.")).classes("field-hint")
        return
    longest = max(usage.largest[0].size, usage.size_of_others)
    rows = [_share(share, longest, usage.limits.of_person) for share in usage.largest]
    if usage.others:
        who = plural("{count} other person", "{count} others", usage.others)
        name = h.span(".used-name")[who.format(count=number(usage.others))]
        rows.append(_row(name, usage.size_of_others, usage.files_of_others, longest))
    html.draw("ol", *rows).classes("bars").props("data-testid=bars")
    html.draw(
        "div",
        _("A file sent in several messages is stored once, but counts here for each of them."),
    ).classes("field-hint")


def _share(share: Share, longest: int, most: int) -> h.Element:
    person = share.person
    name = h.a(
        ".used-name", href=f"/people/{person.username}", title=f"@{person.username}", dir="auto"
    )[person.display_name]
    return _row(name, share.size, share.files, longest, is_full=share.size >= most)


def _row(
    name: h.Element, size: int, files: int, longest: int, *, is_full: bool = False
) -> h.Element:
    words = [filesize.text(size), _files(files), *([_("limit reached")] if is_full else [])]
    return h.li[
        h.div(".used-words")[name, h.span[" · ".join(words)]],
        _bar(size, longest, is_full=is_full),
    ]


def _bar(size: int, whole: int, *, is_full: bool) -> h.Element:
    """Return a bar. It is hidden from screen readers: the same figure is beside it in words."""
    share = min(100.0, 100 * size / whole) if whole else 0.0
    return h.div(".used.full" if is_full else ".used", aria_hidden="true")[
        h.i(style=f"inline-size: {share:.2f}%") if size else None
    ]


def _files(count: int) -> str:
    return plural("{count} file", "{count} files", count).format(count=number(count))


def _limits(limits: Limits, max_backups: int) -> Iterator[h.Element]:
    refused = ", ".join(limits.refused) or _("none")
    for words, value, setting in (
        (_("Per file"), filesize.text(limits.of_file), "CHAT_FILE_SIZE"),
        (_("Per user"), filesize.text(limits.of_person), "CHAT_FILES_PER_PERSON"),
        (_("All users together"), filesize.text(limits.of_all), "CHAT_FILES_TOTAL"),
        (_("Blocked file types"), refused, "CHAT_FILES_REFUSED"),
        (_("Nightly backups kept"), number(max_backups), "CHAT_BACKUPS"),
    ):
        yield h.div[h.dt[words], h.dd[h.b[value], h.code[setting]]]


STYLE = """
/* Long names are cut and do not widen the page. */
.amounts, .bars { contain: inline-size; }
.amounts, .amount, .bars, .bars li { grid-template-columns: minmax(0, 1fr); }
.amounts { display: grid; gap: 18px; }
.backups { display: grid; gap: 8px; }
.amounts .sentence, .backups p { margin: 0; }
.amount { display: grid; gap: 5px; }
.bars { list-style: none; margin: 0; padding: 0; display: grid; gap: 12px; }
.bars li { display: grid; gap: 4px; }
.used-words { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 12px; font-size: var(--text-m); }
.used-words > :first-child { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.used-words > :last-child { color: var(--muted); font-size: var(--text-s); font-variant-numeric: tabular-nums; }
.used-name { font-weight: 600; color: var(--ink); text-decoration: none; }
a.used-name:hover { text-decoration: underline; }
.used { block-size: 10px; border-radius: var(--radius-s); background: var(--hover); overflow: hidden; }
.used i { display: block; block-size: 100%; min-inline-size: 3px; border-radius: var(--radius-s); background: var(--accent); }
.used.full i { background: var(--danger); }
.limits { margin: 0; }
.limits > div { display: flex; justify-content: space-between; gap: 4px 16px; padding-block: 8px; }
.limits > div + div { border-block-start: 1px solid var(--line); }
.limits dd { margin: 0; text-align: end; display: grid; overflow-wrap: anywhere; }
.limits code { font: var(--text-xs) var(--mono); color: var(--muted); }
@media (forced-colors: active) { .used { border: 1px solid; } .used i { background: Highlight; forced-color-adjust: none; } }
"""
