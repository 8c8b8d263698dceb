"""Commands about the data folder: password links, second factors, backups, checks.

What only one of them needs is imported there: no start is to wait for it.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from chat_ui.server.commands.terminal import fail, say
from services import lifecycle
from services.accounts import password_resets, second_factor
from services.core import atomic_swap, data_folder, filesize
from services.core.errors import ServiceError
from services.core.i18n import _, plural
from services.core.settings import Settings
from services.db.sqlite import connections, migrate


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
            fail(_("The database is from another version. Start the chat once, then try again."))
        token = asyncio.run(make())
    except ServiceError as refused:
        fail(refused.message)
    print(_("Open this link within 24 hours. It works once:"))
    print(f"{chosen.address_for_others}/reset/{token}")


def remove_second_factor(
    context: typer.Context, name: Annotated[str, typer.Argument(help="Username")]
) -> None:
    """Turn two-step login off for somebody who has lost their phone and codes."""
    chosen: Settings = context.obj

    async def remove() -> None:
        await lifecycle.startup(chosen, is_primary=False)
        try:
            await second_factor.remove_in_terminal(name)
        finally:
            await lifecycle.shutdown()

    try:
        if _is_other_version(chosen):
            fail(_("The database is from another version. Start the chat once, then try again."))
        asyncio.run(remove())
    except ServiceError as refused:
        fail(refused.message)
    print(
        _("Two-step login is off for {name}. They log in with the password only.").format(name=name)
    )


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
                "{count} file was already missing. Run {command} to see which.",
                "{count} files were already missing. Run {command} to see which.",
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
    from chat_ui.server.commands import check_report
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
        _("The previous data is in {folder}. Delete it when everything works.").format(
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
    from chat_ui.server.commands import check_report
    from services.db.sqlite import check as database_check
    from services.files import check as file_check
    from services.files import sandbox

    chosen: Settings = context.obj
    looked = file_check.Check(chosen.data, contents=contents)
    try:
        if _is_other_version(chosen):
            fail(_("The database is from another version. Start the chat once, then try again."))
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
    if absent := sandbox.missing():
        say(check_report.no_sandbox(absent))
    raise typer.Exit(1 if looked.damages or flaws else 0)


def log(
    context: typer.Context,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check instead that no entry was changed or removed")
    ] = False,
) -> None:
    """Print the security log, newest last: logins, failures, refusals, changes of accounts."""
    from sqlmodel import Session

    from chat_ui.server.commands import log_report
    from services.accounts import security_chain

    chosen: Settings = context.obj
    try:
        if _is_other_version(chosen):
            fail(_("The database is from another version. Start the chat once, then try again."))
        file = chosen.data / data_folder.DATABASE
        engine = connections.engine(file, connections=1, read_only=True)
        with (
            connections.reading(file),
            engine.begin() as connection,
            Session(connection) as session,
        ):
            if not verify:
                for row in security_chain.rows(session):
                    print(log_report.line(row))
                return
            verified = security_chain.verify(session)
    except ServiceError as refused:
        fail(refused.message)
    say(log_report.sentence(verified))
    raise typer.Exit(1 if verified.broken else 0)


def _repair(data: Path) -> None:
    from chat_ui.server.commands import check_report
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
        fail(_("A restore was interrupted. Start the chat to finish it."))
    if not (chosen.data / data_folder.DATABASE).exists():
        fail(_("There is no chat in {folder}.").format(folder=chosen.data))
