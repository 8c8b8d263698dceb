"""Commands about the data folder: password links, backups, checks.

What only one of them needs is imported there: no start is to wait for it.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from chat_ui.server import lan
from chat_ui.server.terminal import fail, say
from services import lifecycle
from services.accounts import password_resets
from services.core import atomic_swap, data_folder, filesize
from services.core.errors import ServiceError
from services.core.i18n import _, plural
from services.core.settings import Settings
from services.db import migrate


def reset_password(
    context: typer.Context, name: Annotated[str, typer.Argument(help="Username")]
) -> None:
    """Make a link with which somebody sets a new password, once."""
    chosen: Settings = context.obj

    async def make() -> str:
        await lifecycle.startup(chosen, is_primary=False)
        try:
            return await password_resets.create_in_terminal(name)
        finally:
            await lifecycle.shutdown()

    try:
        if _is_other_version(chosen):
            fail(
                _("The database is of another version. Start the chat once, then ask for the link.")
            )
        token = asyncio.run(make())
    except ServiceError as refused:
        fail(refused.message)
    print(_("Open this once, within 24 hours:"))
    address = lan.address_for_others(chosen) if chosen.lan else chosen.address
    print(f"{address}/reset/{token}")


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to put it, such as chat.zip")],
) -> None:
    """Back everything up as one file, also while the chat runs."""
    from services.backup import archive

    chosen: Settings = context.obj
    _require_chat(chosen)
    try:
        saved = archive.save(chosen.data, file.expanduser().absolute())
    except ServiceError as refused:
        fail(refused.message)
    say(_("Backed up as {file} ({size}).").format(file=file, size=filesize.text(saved.size)))
    if saved.missing:
        say(
            plural(
                "{count} file was missing before: {command} says which.",
                "{count} files were missing before: {command} says which.",
                saved.missing,
            ).format(count=saved.missing, command="python main.py check")
        )


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A backup: its file, or a folder of data/backups")],
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Also when files are missing or damaged in it")
    ] = False,
) -> None:
    """Go back to a backup, while the chat is stopped; what is there now is kept beside it."""
    from chat_ui.server import check_report
    from services.backup import restore as restoring

    chosen: Settings = context.obj
    try:
        restored = restoring.restore(
            chosen.data, file.expanduser().absolute(), incomplete=incomplete
        )
    except ServiceError as refused:
        fail(refused.message)
    for finding in restored.lost:
        say(check_report.file_sentence(finding))
    say(
        plural(
            "Restored: {count} message, {files}.",
            "Restored: {count} messages, {files}.",
            restored.messages,
        ).format(count=restored.messages, files=_files(restored.files))
    )
    if restored.before:
        _say_where_it_was(restored.before)


def _files(count: int) -> str:
    return plural("{count} file", "{count} files", count).format(count=count)


def _say_where_it_was(before: Path) -> None:
    say(
        _("What was there before is in {folder}: delete that when all is well.").format(
            folder=before
        )
    )


def check(
    context: typer.Context,
    contents: Annotated[
        bool, typer.Option("--contents", help="Read every file as well, which takes its time")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair what can be, while the chat is stopped")
    ] = False,
) -> None:
    """Examine the database, and compare it with the files; say what is wrong."""
    from chat_ui.server import check_report
    from services.db import check as database_check
    from services.files import check as file_check

    chosen: Settings = context.obj
    looked = file_check.Check(chosen.data, contents=contents)
    try:
        if _is_other_version(chosen):
            fail(_("The database is of another version. Start the chat once, then check again."))
        if repair:
            _repair(chosen.data)
        flaws = database_check.run(chosen.data / data_folder.DATABASE)
        for flaw in flaws:
            say(check_report.database_sentence(flaw))
        for finding in looked.run():
            say(check_report.file_sentence(finding))
    except ServiceError as refused:
        fail(refused.message)
    say(check_report.sum_up(looked, len(flaws)))
    raise typer.Exit(1 if looked.damages or flaws else 0)


def _repair(data: Path) -> None:
    from chat_ui.server import check_report
    from services.backup import repair as repairing

    with data_folder.lock(data):
        for sentence in check_report.repaired(repairing.repair(data)):
            say(sentence)


def _is_other_version(chosen: Settings) -> bool:
    """Return whether the database is of another version; end here when there is none.

    A server of that version may be running: the database is not to change under it.
    """
    _require_chat(chosen)
    return migrate.is_needed(chosen.data / data_folder.DATABASE)


def _require_chat(chosen: Settings) -> None:
    """Exit if the data folder holds no chat, or an incomplete one."""
    if atomic_swap.is_interrupted(chosen.data):
        fail(_("A restore was cut short. Start the chat: that finishes it."))
    if not (chosen.data / data_folder.DATABASE).exists():
        fail(_("There is no chat in {folder}.").format(folder=chosen.data))
