"""For administrators: when a backup was last proven, and what went wrong since."""

from collections.abc import Iterator

import htpy as h

from services.backup.schedule import Backups
from services.backup.status import Problem
from services.core.i18n import _, plural


def draw(backups: Backups) -> Iterator[h.Element]:
    """Return the lines of the card."""
    status = backups.status
    if not backups.most:
        yield h.p(".sentence", role="status")[
            _("No backups are made by themselves: CHAT_BACKUPS is 0.")
        ]
    if status.proven_at:
        yield h.p(data_testid="proven")[
            _("Last proven backup:"),
            " ",
            h.time(datetime=status.proven_at.isoformat(timespec="milliseconds"), data_long=True),
        ]
        yield h.p(".field-hint")[
            _("It was restored into a place of its own, and every file in it was read.")
        ]
    elif backups.most and not status.problem:
        yield h.p(".field-hint")[
            _("None yet. The first is made a few minutes after the server starts.")
        ]
    if status.missing:
        yield h.p(".sentence", role="status")[_missing(status.missing)]
    if status.problem:
        yield h.p(".sentence", role="status")[_problem(status.problem, status.detail)]


def _missing(count: int) -> str:
    return plural(
        "{count} file was lost before, and is not in it. “python main.py check” says which.",
        "{count} files were lost before, and are not in it. “python main.py check” says which.",
        count,
    ).format(count=count)


def _problem(problem: Problem, detail: str) -> str:
    sentences = {
        Problem.DISK: _("The disk is nearly full, so no backup is made. Make room on it."),
        Problem.UNSOUND: _(
            "The newest backup was not sound ({detail}), and was not kept. "
            "“python main.py check” examines what there is."
        ),
        Problem.FAILED: _("The last backup could not be made ({detail}). It is tried again."),
    }
    return sentences[problem].format(detail=detail)
