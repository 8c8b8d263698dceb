"""For administrators: when a backup was last proven, and what went wrong since."""

from collections.abc import Iterator

import htpy as h

from services.backup.schedule import Backups
from services.backup.status import Problem
from services.core.i18n import _, number, plural


def draw(backups: Backups) -> Iterator[h.Element]:
    """Return the lines of the card."""
    status = backups.status
    if backups.files_in:
        yield h.p(".field-hint")[
            _("The files of messages are in {place}: its host backs them up there.").format(
                place=backups.files_in
            )
        ]
    if backups.is_by_host and backups.files_in:
        yield h.p(".field-hint")[
            _(
                "Messages are stored in PostgreSQL: its host backs them up, with pg_dump for example."
            )
        ]
        return
    if backups.is_by_host:
        yield h.p(".field-hint")[
            _(
                "Messages are stored in PostgreSQL: its host backs them up, with pg_dump for "
                "example, and the files in the data folder."
            )
        ]
        return
    if not backups.most:
        yield h.p(".sentence", role="status")[_("Automatic backups are off (CHAT_BACKUPS is 0).")]
    if status.proven_at:
        yield h.p(data_testid="proven")[
            _("Last verified backup:"),
            " ",
            h.time(datetime=status.proven_at.isoformat(timespec="milliseconds"), data_long=True),
        ]
        yield h.p(".field-hint")[
            _("It was checked by restoring it to a separate folder and reading every file.")
        ]
    elif backups.most and not status.problem:
        yield h.p(".field-hint")[
            _("None yet. The first backup is made a few minutes after the server starts.")
        ]
    if status.missing:
        yield h.p(".sentence", role="status")[_missing(status.missing)]
    if status.problem:
        yield h.p(".sentence", role="status")[_problem(status.problem, status.detail)]


def _missing(count: int) -> str:
    return plural(
        "{count} file was already missing and is not included. Run “python main.py "
        "check” to see which.",
        "{count} files were already missing and are not included. Run “python main.py "
        "check” to see which.",
        count,
    ).format(count=number(count))


def _problem(problem: Problem, detail: str) -> str:
    sentences = {
        Problem.DISK: _("The disk is nearly full, so no backups are made. Free up space on it."),
        Problem.UNSOUND: _(
            "The newest backup failed its check ({detail}) and was discarded. Run "
            "“python main.py check” to check the data."
        ),
        Problem.FAILED: _("The last backup failed ({detail}). It will be retried."),
    }
    return sentences[problem].format(detail=detail)
