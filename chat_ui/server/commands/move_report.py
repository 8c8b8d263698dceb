"""The report of `python main.py move`: how far it is, and what to do then."""

import time
from collections.abc import Iterator, Sequence

from chat_ui.server.commands.terminal import files, previous_data, say
from services.backup.move.move import Moved
from services.backup.move.places import Place
from services.backup.move.progress import Step
from services.backup.move.to_store import Copied
from services.core.bucket_address import BucketAddress
from services.core.i18n import _, plural
from services.core.settings import Settings

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
            Step.COPYING_FILES: _("Copying files: {done} of {total}"),
        }
        say(sentences[step].format(table=what, done=f"{done:,}", total=f"{total:,}"))
        self._said_at = time.monotonic()


def sentences(source: Place, target: Place, moved: Moved) -> Iterator[str]:
    """Return what was moved, what is to be set now, and what is left of before."""
    yield plural(
        "Moved: {count} message, {files}. Every row was compared.",
        "Moved: {count} messages, {files}. Every row was compared.",
        moved.messages,
    ).format(count=moved.messages, files=files(moved.files.files))
    yield _how_files_were_checked(source, target)
    yield from _lost(moved.files.lost)
    if moved.before:
        yield previous_data(moved.before)
    yield _what_to_set(target)
    if source.postgres is None:  # so it is not any more
        yield _("There are no nightly backups of PostgreSQL: see docs/scaling.md for yours.")
    yield _(
        "{place} is as it was, but marked as moved: no chat starts on it. Delete it when "
        "everything works."
    ).format(place=source)


def of_files(target: BucketAddress | None, copied: Copied) -> Iterator[str]:
    """Return which files were copied to another store, and what to do now."""
    yield _("Copied: {files}; already there: {known}.").format(
        files=files(copied.copied), known=f"{copied.known:,}"
    )
    if copied.removed:
        yield _("Removed there, as it was deleted since it was copied: {files}.").format(
            files=files(copied.removed)
        )
    yield from _lost(copied.lost)
    if not copied.is_complete:
        yield _("The chat is running. Stop it, and do this once more before you start it again.")
    elif target:
        yield _(
            "Set CHAT_FILES to the address that you gave --to, then start the chat. The files in "
            "the data folder are as they were: delete them when everything works."
        )
    else:
        yield _(
            "Remove CHAT_FILES, then start the chat. The files in the bucket are as they were: "
            "delete them when everything works."
        )


def _lost(lost: Sequence[str]) -> Iterator[str]:
    if lost:
        yield plural(
            "{count} file was already missing or damaged.",
            "{count} files were already missing or damaged.",
            len(lost),
        ).format(count=len(lost))
    for each in lost:
        yield each if each.isalnum() else repr(each)  # a damaged one may have anything in it


def _how_files_were_checked(source: Place, target: Place) -> str:
    if source.bucket:
        return _(
            "The files stay in {folder}. Each was looked for, in its size, but not read."
        ).format(folder=source.bucket)
    if target.data == source.data:
        return _(
            "The files stay in {folder}. Each was looked for, in its size, but not read."
        ).format(folder=source.data)
    return _("The files are in {folder} as well. Each was read to its end.").format(
        folder=target.data
    )


def _what_to_set(target: Place) -> str:
    default = Settings.model_fields["data"].default
    if target.postgres is not None:
        if target.data == default:
            return _("Set CHAT_DATABASE to the address that you gave --to, then start the chat.")
        return _(
            "Set CHAT_DATABASE to the address that you gave --to, then start the chat with --data "
            "{folder}."
        ).format(folder=target.data)
    if target.data == default:
        return _("Remove CHAT_DATABASE, then start the chat.")
    return _("Remove CHAT_DATABASE, then start the chat with --data {folder}.").format(
        folder=target.data
    )
