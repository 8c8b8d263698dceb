"""The store of files in a bucket of S3, or of a server that speaks its protocol.

prefix/ab/abcd…          a file, see `services/files/store/stored_names.py`
prefix/ab/abcd….preview  its preview
prefix/chat              says whose files these are

Every file is stored and sent through the chat, which asks for the membership each time: nobody
gets an address in the bucket. Loaded only where the settings name a bucket.
"""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial
from io import BufferedWriter
from pathlib import Path

import obstore
from obstore.store import S3Store

from services.core.bucket_address import BucketAddress
from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.tasks import run_to_end, to_end
from services.files.store import stored_names
from services.files.store.incoming import IncomingFolder
from services.files.store.s3 import client, errors
from services.files.store.stored_names import PREFIXES

OWNER = "chat"
"""The object that says which chat the files belong to."""
PART_SIZE = 8 * 1024 * 1024
"""Bytes of a file in memory that is stored: larger ones are sent in parts, two at a time."""
MAX_PUTS = 4
"""Files that are stored at a time: they take 64 MB at the most."""
MAX_WAITING_PUTS, WAIT_SECONDS = 16, 60.0
"""How many others wait for that, and how long: then they are refused, and may be sent again. So
people are told when the bucket hangs, and what they sent does not pile up."""
REMOVE_SECONDS, COPY_SECONDS = 120.0, 900.0
"""Within which files are removed, and one is copied to this machine, or it is tried again later."""
CHUNK_SIZE = 256 * 1024
"""Bytes of a file in memory that is read."""


class ObjectStore(IncomingFolder):
    """Files in a bucket: see `services.core.app_context.FileStore`."""

    def __init__(self, address: BucketAddress, folder: Path) -> None:
        """Take the address of the bucket, and the folder for uploads in progress."""
        super().__init__(folder)
        self._address = address
        self._store = client.connect(address)
        self._puts = asyncio.Semaphore(MAX_PUTS)
        self._waiting_puts = 0

    def is_new(self, fingerprint: str) -> bool:
        """Return whether no chat has claimed the place yet.

        Raises `Unavailable` with one sentence if another one than that with this fingerprint has,
        or when the bucket cannot be used.
        """
        try:
            with errors.translated():
                owner = bytes(obstore.get(self._store, OWNER).bytes()).decode(errors="replace")
        except FileNotFoundError:
            return True
        except OSError as error:
            raise errors.unusable(self._address, error) from None
        if owner != fingerprint:
            raise Unavailable(
                _(
                    "The files in {place} belong to another chat. Choose another prefix in "
                    "CHAT_FILES, or the data folder of that chat with --data."
                ).format(place=self._address)
            )
        return False

    def claim(self, fingerprint: str) -> None:
        """Have the files here belong to the chat with this fingerprint. Raises as `is_new`."""
        if self.is_new(fingerprint):
            try:
                with errors.translated():
                    obstore.put(self._store, OWNER, fingerprint.encode())
            except OSError as error:
                raise errors.unusable(self._address, error) from None

    def release(self) -> None:
        """Have the files here belong to nobody. Raises `OSError`."""
        with errors.translated():
            obstore.delete(self._store, OWNER)

    def stored(self, digest: str) -> "StoredObject":
        """Return a file."""
        return StoredObject(self._store, stored_names.of_file(digest))

    def stored_preview(self, digest: str) -> "StoredObject":
        """Return the preview of a file."""
        return StoredObject(self._store, stored_names.of_preview(digest))

    @asynccontextmanager
    async def local_copy(self, digest: str) -> AsyncIterator[Path]:
        """Give a copy of a file."""
        copy = self.incoming_path()
        try:
            async with errors.limit(COPY_SECONDS):
                await self._fetch(stored_names.of_file(digest), copy)
            yield copy
        finally:
            await run_to_end(partial(copy.unlink, missing_ok=True))

    async def add(self, file: Path, digest: str) -> None:
        """Store a file: until all of it has arrived, there is nothing under its name."""
        await to_end(self._put(stored_names.of_file(digest), file))

    async def add_preview(self, digest: str, preview: bytes) -> None:
        """Store the preview of a file."""
        await to_end(self._put(stored_names.of_preview(digest), preview))

    async def remove(self, digests: Collection[str]) -> None:
        """Remove files and their previews."""
        if digests:
            with errors.translated():
                async with errors.limit(REMOVE_SECONDS):
                    await obstore.delete_async(self._store, stored_names.of_all(digests))

    async def _put(self, name: str, content: Path | bytes) -> None:
        await self._wait_to_put()
        try:
            with errors.translated():
                await obstore.put_async(
                    self._store, name, content, chunk_size=PART_SIZE, max_concurrency=2
                )
        finally:
            self._puts.release()

    async def _wait_to_put(self) -> None:
        """Wait for one of `MAX_PUTS` to end. Raises `StorageError` when that takes too long."""
        if self._puts.locked() and self._waiting_puts >= MAX_WAITING_PUTS:
            raise errors.busy()
        self._waiting_puts += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._puts.acquire()
        except TimeoutError:
            raise errors.busy() from None
        finally:
            self._waiting_puts -= 1

    async def _fetch(self, name: str, to: Path) -> None:
        """Do as `fetch`, without a thread that waits for the bucket."""
        with errors.translated():
            found = await obstore.get_async(self._store, name)
        copy = await run_to_end(self._create, to, found.meta["size"])
        try:
            with errors.translated():
                async for chunk in found.stream(min_chunk_size=CHUNK_SIZE):
                    await run_to_end(copy.write, chunk)
        finally:
            await run_to_end(copy.close)

    def fetch(self, name: str, to: Path) -> None:
        """Copy a file or a preview to a path. Raises `OSError`, and `FileNotFoundError`."""
        with errors.translated():
            found = obstore.get(self._store, name)
        with self._create(to, found.meta["size"]) as copy, errors.translated():
            for chunk in found.stream(min_chunk_size=CHUNK_SIZE):
                copy.write(chunk)

    def _create(self, file: Path, size: int) -> BufferedWriter:
        """Create a file for so many bytes. Raises `OSError`, but no `FileNotFoundError`."""
        if not self.has_room(size):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        try:
            return file.open("xb")
        except FileNotFoundError as error:  # it would mean that there is no such file
            raise OSError(errno.EIO, error.strerror, str(file)) from error

    def digest(self, digest: str) -> str:
        """Return the SHA-256 of what is stored under this one. Raises as `fetch`."""
        found = hashlib.sha256()
        with errors.translated():
            stored = obstore.get(self._store, stored_names.of_file(digest))
            for chunk in stored.stream(min_chunk_size=CHUNK_SIZE):
                found.update(chunk)
        return found.hexdigest()

    def put(self, name: str, file: Path) -> None:
        """Store a file under a name. Raises `OSError`."""
        with errors.translated():
            obstore.put(self._store, name, file, chunk_size=PART_SIZE, max_concurrency=2)

    def delete(self, names: Collection[str]) -> None:
        """Remove files and previews. Raises `OSError`."""
        if names:
            with errors.translated():
                obstore.delete(self._store, list(names))

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the sizes in bytes, by name, of all files that begin with these two digits."""
        with errors.translated():
            return {
                each["path"].rpartition("/")[2]: each["size"]
                for found in obstore.list(self._store, prefix, chunk_size=1000)
                for each in found
            }

    def unexpected_files(self) -> set[str]:
        """Return the names beside the files that are not from this program."""
        with errors.translated():
            found = obstore.list_with_delimiter(self._store)
        names = {each["path"] for each in found["objects"]} - {OWNER}
        return names | {each.strip("/") for each in found["common_prefixes"]} - PREFIXES


class StoredObject:
    """A file in a bucket: see `services.core.app_context.RemoteFile`."""

    def __init__(self, store: S3Store, name: str) -> None:
        self._store = store
        self.name = name

    async def size(self) -> int:
        """Return its size in bytes."""
        with errors.translated():
            return (await obstore.head_async(self._store, self.name))["size"]

    async def read(self, start: int, end: int) -> AsyncGenerator[bytes]:
        """Yield its bytes from `start` to before `end`.

        Servers close connections on which nobody reads for a while, as when a video is paused: then
        it goes on where it was.
        """
        failures = 0
        while start < end:
            try:
                async for chunk in self._get(start, end):
                    failures = 0
                    start += len(chunk)
                    yield chunk
            except errors.StorageError:
                failures += 1
                if failures > client.RETRIES:
                    raise

    async def _get(self, start: int, end: int) -> AsyncGenerator[bytes]:
        with errors.translated():
            found = await obstore.get_async(self._store, self.name, options={"range": (start, end)})
            async for chunk in found.stream(min_chunk_size=CHUNK_SIZE):
                yield bytes(chunk)
