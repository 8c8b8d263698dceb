"""The report of `python main.py check`: on files, the database, and repairs."""

from collections.abc import Iterator

from services.backup.repair import Outcome
from services.core import filesize
from services.core.i18n import _, plural
from services.db.sqlite.check import DatabaseFinding, Defect
from services.files.check import Check, Finding, Problem


def file_sentence(finding: Finding) -> str:
    """Return what is wrong with a file, and which message or sticker it belongs to."""
    sentences = {
        Problem.MISSING: _("Missing: {name}, {where}"),
        Problem.NO_PREVIEW: _("Missing: the preview of {name}, {where}"),
        Problem.OTHER_SIZE: _("Damaged (size changed): {name}, {where}"),
        Problem.OTHER_CONTENT: _("Damaged (content changed): {name}, {where}"),
        Problem.UNREADABLE: _("Damaged (can't be read): {name}, {where}"),
        Problem.ORPHAN: _("Not in any message: {name}"),
    }
    where = _("message {seq} of room {number} ({room})")
    if not finding.room:
        where = _("message {seq} of direct conversation {number}")
    if finding.username:
        where = _("a sticker of @{username}")
    where = where.format(
        seq=finding.seq,
        number=finding.room_id,
        room=finding.room,
        username=finding.username,
    )
    return sentences[finding.problem].format(name=finding.name, where=where)


def database_sentence(found: DatabaseFinding) -> str:
    """Return what is wrong with the database."""
    sentences = {
        Defect.PAGES: _("The database is damaged: {what}. Restore a backup."),
        Defect.INDEX: _("An index is damaged: {what}."),
        Defect.ROWS: _("Rows of {what} with a broken reference: {count}. Restore a backup."),
        Defect.GAP: _("Messages missing in {where}: {count}. Restore a backup."),
        Defect.LAST_SEQ: _(
            "Nothing can be sent in {where}: the number of its newest message is wrong."
        ),
        Defect.SEARCH: _("Search does not find all messages: the search index is damaged."),
    }
    where = _("room {number} ({room})") if found.room else _("direct conversation {number}")
    return sentences[found.defect].format(
        what=found.detail,
        count=found.count,
        where=where.format(number=found.room_id, room=found.room),
    )


def repaired(outcome: Outcome) -> Iterator[str]:
    """Return what was repaired, and where the copy of the old database is."""
    sentences = {
        Defect.INDEX: _("Repaired: all indexes were rebuilt."),
        Defect.LAST_SEQ: _(
            "Repaired: the number of the newest message was corrected in every room."
        ),
        Defect.SEARCH: _("Repaired: the search index was rebuilt."),
        Problem.NO_PREVIEW: _("Repaired: links to lost previews were removed: {count}."),
        Problem.ORPHAN: _("Repaired: files in no message were removed: {count}."),
    }
    for what, count in outcome.repaired.items():
        yield sentences[what].format(count=count)
    if outcome.before:
        yield _(
            "The database as it was before is in {file}. Delete it when everything works."
        ).format(file=outcome.before)
    if not outcome.repaired:
        yield _("Nothing here can be repaired.")


def sum_up(looked: Check, flaws: int) -> str:
    """Return a summary: how many files there are, and how many defects."""
    parts = [
        plural(
            "{count} file stored, {bytes} bytes ({size}).",
            "{count} files stored, {bytes} bytes ({size}).",
            looked.files,
        ).format(count=looked.files, bytes=looked.bytes, size=filesize.text(looked.bytes)),
        _("Missing or damaged: {count}.").format(count=looked.damages)
        if looked.damages
        else _("Nothing is missing or damaged."),
    ]
    if looked.orphans:
        parts.append(_("Not in any message: {count}.").format(count=looked.orphans))
    parts.append(
        _("Problems in the database: {count}.").format(count=flaws)
        if flaws
        else _("The database has no problems.")
    )
    return " ".join(parts)


def no_sandbox(absent: list[str]) -> str:
    """Return that decoders have less of a sandbox here than on Linux."""
    return _(
        "Pictures and PDFs are decoded without the full sandbox: this system has no {parts}."
    ).format(parts=", ".join(absent))
