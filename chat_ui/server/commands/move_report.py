"""The report of `python main.py move`: how far it is, and what to do then."""

import time
from collections.abc import Iterator

from chat_ui.server.commands.terminal import files, say
from services.backup.move.move import Moved
from services.backup.move.places import Place
from services.backup.move.progress import Step
from services.core.i18n import _, plural

INTERVAL_SECONDS = 5.0
"""Between two lines: a small chat is moved before the first."""


class Progress:
    """Prints how far a move is, every few seconds."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def __call__(self, step: Step, what: str, done: int, total: int) -> None:
        """See `services.backup.move.progress.Progress`."""
        if time.monotonic() - self._said_at < INTERVAL_SECONDS:
            return
        sentences = {
            Step.COPYING: _("Copying {table}: {done} of {total}"),
            Step.INDEXING: _("Indexing messages for search: {done} of {total}"),
            Step.CHECKING: _("Comparing {table}: {done} of {total}"),
            Step.FILES: _("Checking files: {done} of {total}"),
        }
        say(sentences[step].format(table=what, done=f"{done:,}", total=f"{total:,}"))
        self._said_at = time.monotonic()


def sentences(source: Place, target: Place, moved: Moved) -> Iterator[str]:
    """Return what was moved, what is to be set now, and what is left of before."""
    yield plural(
        "Moved: {count} message, {files}. All of it was compared.",
        "Moved: {count} messages, {files}. All of it was compared.",
        moved.messages,
    ).format(count=moved.messages, files=files(moved.files.files))
    if missing := moved.files.missing:
        yield plural(
            "{count} file was already missing or damaged.",
            "{count} files were already missing or damaged.",
            missing,
        ).format(count=missing)
    yield _what_to_set(source, target)
    yield _(
        "{place} is as it was, but marked as moved: no chat starts on it. Delete it when "
        "everything works."
    ).format(place=source)


def _what_to_set(source: Place, target: Place) -> str:
    if target.postgres is not None:
        return _("Set CHAT_DATABASE to the address that you gave --to, then start the chat.")
    if target.data == source.data:
        return _("Remove CHAT_DATABASE, then start the chat.")
    return _("Remove CHAT_DATABASE, then start the chat with --data {folder}.").format(
        folder=target.data
    )
