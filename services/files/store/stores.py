"""Which store the files are in: the data folder, unless the settings name a bucket.

What only a bucket needs is loaded when it is asked for: its library need not be there.
"""

import hmac
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from services.core.app_context import FileStore
from services.core.bucket_address import BucketAddress
from services.core.disk import data_folder
from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.settings import Settings
from services.files.store.folder import FolderStore
from services.files.store.stored_names import PREFIXES

if TYPE_CHECKING:
    from services.files.store.s3.object_store import ObjectStore


class Store(FileStore, Protocol):
    """A store as commands use it, while no chat runs. All of these block."""

    def open(self, *, clears: bool) -> None:
        """Create the folders for uploads; with `clears`, remove those that a crash has left."""

    def fetch(self, name: str, to: Path) -> None:
        """Copy a file or a preview to a path. Raises `OSError`, and `FileNotFoundError`."""

    def put(self, name: str, file: Path) -> None:
        """Store a file, which may be moved, under a name. Raises `OSError`."""

    def delete(self, names: Collection[str]) -> None:
        """Remove files and previews. Raises `OSError`."""

    def digest(self, digest: str) -> str:
        """Return the SHA-256 of what is stored under this one. Raises as `fetch`."""

    def sizes(self, prefix: str) -> Mapping[str, int]:
        """Return the sizes in bytes, by name, of all files that begin with these two digits.

        Raises `OSError`.
        """

    def unexpected_files(self) -> set[str]:
        """Return the names beside the files that are not from this program. Raises `OSError`."""


_PURPOSE = b"to recognise whose files are in a bucket"


def of(settings: Settings) -> Store:
    """Return the store, not opened. Raises `Unavailable` with one sentence."""
    return at(settings.bucket, settings.data)


def at(bucket: BucketAddress | None, data: Path) -> Store:
    """Return the store in a bucket, or, without one, in a data folder. Raises as `of`."""
    return in_bucket(bucket, data) if bucket else FolderStore(data / data_folder.FILES)


def in_bucket(address: BucketAddress, data: Path) -> "ObjectStore":
    """Return a store in a bucket, not opened. Raises `Unavailable` without its library."""
    try:
        from services.files.store.s3.object_store import ObjectStore
    except ModuleNotFoundError as error:
        raise Unavailable(
            _("Files in S3 need one more package: pip install -e '.[cluster]'.")
        ) from error
    return ObjectStore(address, data / data_folder.FILES)


def prepare(settings: Settings) -> None:
    """Look whether the files are where the settings say, before anything is served from there.

    Raises `Unavailable` with one sentence, and `OSError` for the data folder.
    """
    data = settings.data
    known = data_folder.files_in(data)
    if settings.bucket is None:
        if known:
            raise Unavailable(
                _(
                    "The files of this chat are in {place}: set CHAT_FILES to that. To have them "
                    "in the data folder again: see docs/scaling.md."
                ).format(place=known)
            )
        return
    key = data / data_folder.DEVICE_KEY
    own = fingerprint(key.read_bytes()) if key.exists() else ""
    is_new = in_bucket(settings.bucket, data).is_new(own)
    if known and is_new:
        raise Unavailable(
            _(
                "The files of this chat are in {known}, and {place} is empty. Correct CHAT_FILES, "
                "or copy them with python main.py move-files."
            ).format(known=known, place=settings.bucket)
        )
    if not known and _has_files(data / data_folder.FILES):
        raise Unavailable(
            _(
                "The files of this chat are in {folder}. Copy them first, without CHAT_FILES: "
                "python main.py move-files --to {place}"
            ).format(folder=data / data_folder.FILES, place=settings.bucket.url)
        )


def open(settings: Settings, key: bytes, *, clears: bool) -> FileStore:
    """Return the store, opened for the chat with this `device.key`.

    With `clears`, uploads that a crash has left unfinished are removed. Raises `Unavailable` with
    one sentence, and `OSError` for the data folder.
    """
    prepare(settings)
    store = of(settings)
    if settings.bucket is not None:
        in_bucket(settings.bucket, settings.data).claim(fingerprint(key))
        data_folder.note_files(settings.data, str(settings.bucket))
    store.open(clears=clears)
    return store


def fingerprint(key: bytes) -> str:
    """Return what tells chats apart by their `device.key`, and says nothing about it."""
    return hmac.digest(key, _PURPOSE, "sha256").hex()


def _has_files(folder: Path) -> bool:
    return any(any((folder / prefix).glob("*")) for prefix in PREFIXES)
