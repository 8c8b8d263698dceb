"""Putting the files of stickers into the store."""

from pathlib import Path

from services.core import app_context
from services.core.tasks import run_to_end
from services.files.store.incoming import Incoming


async def add(content: bytes, digest: str, still: bytes = b"") -> None:
    """Store a sticker with this SHA-256, and the still of one that moves. Raises `OSError`."""
    store = app_context.current().files
    incoming = Incoming(store.incoming_path())
    try:
        await run_to_end(_write, incoming, content)
        if still:  # first: a sticker that moves always has one
            await store.add_preview(digest, still)
        await store.add(incoming.path, digest)
    finally:
        await run_to_end(incoming.discard)


async def copy(file: Path, digest: str) -> None:
    """Store a copy of a file that is not in the store. Raises `OSError`."""
    await add(await run_to_end(file.read_bytes), digest)


def _write(incoming: Incoming, content: bytes) -> None:
    incoming.open()
    incoming.write(content)
    incoming.close()
