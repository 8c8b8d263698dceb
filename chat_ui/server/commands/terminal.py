"""Sentences in the terminal."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from services.core.i18n import _, plural

FILE = click.Path(path_type=Path)
"""The type of an argument that is a file or a folder."""
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended (128 + SIGINT), as shells have it."""


def say(sentence: str) -> None:
    """Print a sentence."""
    print(sentence, flush=True)


def print_mistake(sentence: str) -> None:
    """Print a sentence about what is wrong."""
    print(sentence, file=sys.stderr)


def files(count: int) -> str:
    """Return how many files there are, as a part of a sentence."""
    return plural("{count} file", "{count} files", count).format(count=count)


def previous_data(before: Path) -> str:
    """Return where what was in a folder is now."""
    return _("The previous data is in {folder}. Delete it when everything works.").format(
        folder=before
    )


def fail(sentence: str) -> NoReturn:
    """End the command with a sentence that says why."""
    print_mistake(sentence)
    raise click.exceptions.Exit(1)


def print_qr_code(address: str) -> None:
    """Print the address as a QR code for phones, if the terminal can show one."""
    try:
        "█▀▄".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    import segno  # only here: a start need not wait for it

    segno.make(address).terminal(compact=True)
