"""The report of `python main.py check`: on files, the database, and repairs."""

from collections.abc import Iterator

from services.backup.repair import Outcome
from services.core import filesize
from services.core.i18n import _, plural
from services.db.check import DatabaseFinding, Defect
from services.files.check import Check, Finding, Problem


def file_sentence(finding: Finding) -> str:
    """Return what is wrong with a file, and which message it belongs to."""
    sentences = {
        Problem.MISSING: _("Missing: {name}, {where}"),
        Problem.NO_PREVIEW: _("Missing: the preview of {name}, {where}"),
        Problem.OTHER_SIZE: _("Damaged, of another size than it was: {name}, {where}"),
        Problem.OTHER_CONTENT: _("Damaged, of another content than it was: {name}, {where}"),
        Problem.UNREADABLE: _("Damaged, cannot be read: {name}, {where}"),
        Problem.ORPHAN: _("No message holds it: {name}"),
    }
    where = _("message {seq} of room {number} ({room})")
    if not finding.room:
        where = _("message {seq} of direct conversation {number}")
    where = where.format(seq=finding.seq, number=finding.room_id, room=finding.room)
    return sentences[finding.problem].format(name=finding.name, where=where)


def database_sentence(found: DatabaseFinding) -> str:
    """Return what is wrong with the database."""
    sentences = {
        Defect.PAGES: _("The database is damaged: {what}. Restore a backup."),
        Defect.INDEX: _("An index is damaged: {what}."),
        Defect.ROWS: _("Rows of {what} that point to nothing: {count}. Restore a backup."),
        Defect.GAP: _("Messages that are missing in {where}: {count}. Restore a backup."),
        Defect.LAST_SEQ: _("In {where} nothing can be said: it does not know its newest message."),
        Defect.SEARCH: _("What was said is not all found: the index of words is damaged."),
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
        Defect.INDEX: _("Repaired: all indexes are made anew."),
        Defect.LAST_SEQ: _("Repaired: every room knows its newest message."),
        Defect.SEARCH: _("Repaired: all that was said is indexed anew."),
        Problem.NO_PREVIEW: _("Repaired: lost previews are asked for no more: {count}."),
        Problem.ORPHAN: _("Repaired: files that no message held are removed: {count}."),
    }
    for what, count in outcome.repaired.items():
        yield sentences[what].format(count=count)
    if outcome.before:
        yield _("The database as it was is in {file}: delete that when all is well.").format(
            file=outcome.before
        )
    if not outcome.repaired:
        yield _("There is nothing that can be repaired.")


def sum_up(looked: Check, flaws: int) -> str:
    """Return a summary: how many files there are, and how many defects."""
    parts = [
        plural(
            "{count} file of {bytes} bytes ({size}) is kept.",
            "{count} files of {bytes} bytes ({size}) are kept.",
            looked.files,
        ).format(count=looked.files, bytes=looked.bytes, size=filesize.text(looked.bytes)),
        _("Missing or damaged: {count}.").format(count=looked.damages)
        if looked.damages
        else _("Nothing is missing or damaged."),
    ]
    if looked.orphans:
        parts.append(_("Held by no message: {count}.").format(count=looked.orphans))
    parts.append(
        _("Wrong in the database: {count}.").format(count=flaws)
        if flaws
        else _("The database is sound.")
    )
    return " ".join(parts)
