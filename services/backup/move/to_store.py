"""Copy the files of messages from one store to another: from the data folder to a bucket, and back.

Nothing is removed where they were. What is there already, in its size, is not copied again, so it
may be done while the chat runs, and once more when it is stopped. That last time, what was copied
before and was deleted since is removed where it was copied to.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

from services.backup.move.files import DIGEST, NamedFile, Sizes, named
from services.backup.move.places import Place
from services.backup.move.progress import Progress, Step
from services.core.bucket_address import BucketAddress
from services.core.disk import data_folder
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _
from services.files.store import stored_names, stores
from services.files.store.stored_names import PREFIXES, PREVIEW
from services.files.store.stores import Store

WORKERS = 4
"""Files copied at a time."""
BATCH_SIZE = 64
"""After which it is told how far it is."""


class Copied(Struct):
    """What was copied."""

    copied: int = 0
    known: int = 0
    """How many were there already."""
    lost: list[str] = []
    """The hashes of those that are not in the source, or damaged there."""
    removed: int = 0
    """How many were removed from the target, as the source has them no longer."""
    is_complete: bool = False
    """Whether no chat was running, so that the files are from now on in the target."""


def find(connection: Connection) -> list[NamedFile]:
    """Return the files that a database names: copying them takes longer than it is to be read."""
    return list(named(connection, lambda *_how_far: None))


def copy(
    files: Sequence[NamedFile], chat: Place, target: BucketAddress | None, progress: Progress
) -> Copied:
    """Copy the files of a chat to another store; note that they are there if it is not running.

    None stands for the data folder. Each file that is copied must have the SHA-256 it is named for.
    Raises `ServiceError` if both are the same, and `Unavailable` when one of them does not answer;
    then another try goes on where this one ended.
    """
    if chat.bucket == target:
        place = target or chat.data
        raise ServiceError(_("The files are in {place} already.").format(place=place))
    try:
        with ExitStack() as locks:
            held = _lock(chat, locks)
            found = _copy_all(files, chat.files, chat.data, target, progress)
            if held is not None and held():
                found.removed = _remove_deleted(files, chat.files, stores.at(target, chat.data))
                _note(chat.data, chat.bucket, target)
                found.is_complete = True
            return found
    except OSError as error:
        raise Unavailable(
            _("Copying the files failed ({reason}). Try again: it goes on from there.").format(
                reason=error.strerror or error
            )
        ) from error


def _lock(chat: Place, locks: ExitStack) -> Callable[[], bool] | None:
    """Keep the chat from starting, if none is running.

    Return what tells whether that still holds, as it does not once a connection has broken; None if
    one is running.
    """
    try:
        locks.enter_context(data_folder.lock(chat.data))
        if chat.postgres is None:
            return lambda: True
        from services.db.postgres import transfer  # several processes lock no folder

        connection = locks.enter_context(transfer.keeping_out(chat.postgres))
    except Unavailable:
        return None
    return partial(transfer.is_kept_out, connection)


def _copy_all(
    files: Sequence[NamedFile],
    source: Store,
    data: Path,
    target: BucketAddress | None,
    progress: Progress,
) -> Copied:
    if target is not None:
        stores.in_bucket(target, data).is_new(_own(data))  # or refuse what is another chat's
    to = stores.at(target, data)
    to.open(clears=False)
    try:
        found = Copied()
        here, there = Sizes(source), Sizes(to)
        with ThreadPoolExecutor(WORKERS) as pool:
            for start in range(0, len(files), BATCH_SIZE):
                batch = files[start : start + BATCH_SIZE]
                work = [(each, *_names(each, here, there)) for each in batch]
                done = pool.map(partial(_copy, source, to), work)
                for (file, _whole, names), is_sound in zip(work, done, strict=True):
                    if not is_sound:
                        found.lost.append(file.digest)
                    elif names:
                        found.copied += 1
                    else:
                        found.known += 1
                progress(Step.COPYING_FILES, "", start + len(batch), len(files))
        return found
    finally:
        to.close()


def _names(file: NamedFile, here: Sizes, there: Sizes) -> tuple[bool, list[str]]:
    """Return whether the source has a file, and what of it is to be copied."""
    names = [] if there.has(file) else [stored_names.of_file(file.digest)]
    if file.has_preview and here.has_preview(file) and not there.has_preview(file):
        names.append(stored_names.of_preview(file.digest))
    return here.has(file) or there.has(file), names


def _copy(source: Store, to: Store, work: tuple[NamedFile, bool, list[str]]) -> bool:
    """Copy what is to be copied of a file; return whether its content is what it should be."""
    file, is_whole, names = work
    if not is_whole:
        return False
    for name in names:
        copy = to.incoming_path()
        try:
            source.fetch(name, copy)
            is_file = name == stored_names.of_file(file.digest)
            if is_file and stored_names.digest(copy) != file.digest:
                return False
            to.put(name, copy)
        except FileNotFoundError:  # a chat that runs has just removed it
            return False
        finally:
            copy.unlink(missing_ok=True)
    return True


def _remove_deleted(files: Sequence[NamedFile], source: Store, to: Store) -> int:
    """Remove from a store what neither the database nor the source has; return how many files."""
    named, removed = {each.digest for each in files}, 0
    for prefix in sorted(PREFIXES):
        there = {name.removesuffix(PREVIEW) for name in to.sizes(prefix)} - named
        if there := {name for name in there if DIGEST.fullmatch(name)}:
            gone = there - {name.removesuffix(PREVIEW) for name in source.sizes(prefix)}
            to.delete(stored_names.of_all(gone))
            removed += len(gone)
    return removed


def _note(data: Path, source: BucketAddress | None, target: BucketAddress | None) -> None:
    """Note where the files are from now on."""
    if target is not None:
        stores.in_bucket(target, data).claim(_own(data))
    data_folder.note_files(data, str(target or ""))
    if source is not None:
        stores.in_bucket(source, data).release()


def _own(data: Path) -> str:
    """Return the fingerprint of the chat in a data folder. Raises `OSError`."""
    return stores.fingerprint((data / data_folder.DEVICE_KEY).read_bytes())
