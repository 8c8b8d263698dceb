"""Commands about the data folder: password links, second factors, backups, checks.

What only one of them needs is imported there: no start is to wait for it.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chat_ui.server.commands.terminal import (
    FILE,
    INTERRUPTED,
    fail,
    files,
    previous_data,
    print_mistake,
    say,
)
from services import lifecycle
from services.accounts.factors import second_factor
from services.accounts.passwords import password_resets
from services.core import filesize
from services.core.disk import atomic_swap, data_folder
from services.core.errors import ServiceError
from services.core.i18n import _, plural
from services.core.settings import Settings

if TYPE_CHECKING:
    from services.files.store.stores import Store


@click.command("reset-password")
@click.argument("name")
@click.pass_obj
def reset_password(chosen: Settings, name: str) -> None:
    """Make a link with which somebody sets a new password, once."""

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


@click.command("remove-second-factor")
@click.argument("name")
@click.pass_obj
def remove_second_factor(chosen: Settings, name: str) -> None:
    """Turn two-step login off for somebody who has lost their phone and codes."""

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


@click.command("backup")
@click.argument("file", type=FILE)
@click.pass_obj
def backup(chosen: Settings, file: Path) -> None:
    """Back everything up as one file, also while the chat runs."""
    from services.backup import archive

    _require_file(chosen)
    _require_chat(chosen)
    try:
        saved = archive.save(chosen.data, file.expanduser().absolute())
    except ServiceError as refused:
        fail(refused.message)
    say(_("Backed up as {file} ({size}).").format(file=file, size=filesize.text(saved.size)))
    if saved.files_in:
        say(
            _("The files of messages are in {place}, and not in this backup.").format(
                place=saved.files_in
            )
        )
    if saved.missing:
        say(
            plural(
                "{count} file was already missing. Run {command} to see which.",
                "{count} files were already missing. Run {command} to see which.",
                saved.missing,
            ).format(count=saved.missing, command="python main.py check")
        )


@click.command("restore")
@click.argument("file", type=FILE)
@click.option("--incomplete", is_flag=True, help="Also when files are missing or damaged in it")
@click.pass_obj
def restore(chosen: Settings, file: Path, *, incomplete: bool) -> None:
    """Go back to a backup, while the chat is stopped; what is there now is kept beside it."""
    from chat_ui.server.commands import check_report
    from services.backup import restore as restoring

    _require_file(chosen)
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
        ).format(count=restored.messages, files=files(restored.files))
    )
    if restored.files_in:
        say(
            _(
                "The files of messages were not in this backup: they are in {place}. Run {command} "
                "to see whether all are there."
            ).format(place=restored.files_in, command="python main.py check")
        )
    if restored.before:
        say(previous_data(restored.before))


@click.command("check")
@click.option("--contents", is_flag=True, help="Read every file as well, which takes its time")
@click.option("--repair", is_flag=True, help="Repair what can be, while the chat is stopped")
@click.pass_obj
def check(chosen: Settings, *, contents: bool, repair: bool) -> None:
    """Examine the database, and compare it with the files; say what is wrong."""
    from chat_ui.server.commands import check_report
    from services.db.sqlite import check as database_check
    from services.files import check as file_check
    from services.files.decoding import sandbox
    from services.files.store import stores

    _require_file(chosen)
    try:
        lifecycle.prepare_files(chosen)
        store = stores.of(chosen)
        looked = file_check.Check(chosen.data, store, contents=contents)
        if _is_other_version(chosen):
            fail(_("The database is from another version. Start the chat once, then try again."))
        if repair:
            _repair(chosen.data, store)
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
    raise click.exceptions.Exit(1 if looked.damages or flaws else 0)


@click.command("move")
@click.option(
    "--to",
    required=True,
    metavar="WHERE",
    help="postgresql://user@host/name; or sqlite, or another folder, for one file again",
)
@click.pass_obj
def move(chosen: Settings, to: str) -> None:
    """Move the stopped chat to PostgreSQL or back: copied, compared, and marked as moved here."""
    from chat_ui.server.commands import move_report
    from services.backup.move import move as moving
    from services.backup.move import places

    _require_chat(chosen)
    try:
        lifecycle.prepare_files(chosen)
        source = places.Place(chosen.data, chosen.postgres, chosen.bucket)
        target = places.parse(to, chosen.data)
        moved = moving.move(source, target, move_report.Progress())
    except ServiceError as refused:
        fail(refused.message)
    except KeyboardInterrupt:
        print_mistake(_("Stopped. Nothing was moved."))
        raise click.exceptions.Exit(INTERRUPTED) from None
    for sentence in move_report.sentences(source, target, moved):
        say(sentence)


@click.command("move-files")
@click.option(
    "--to",
    required=True,
    metavar="WHERE",
    help="folder, or s3://bucket/prefix?endpoint=https://host&region=name",
)
@click.pass_obj
def move_files(chosen: Settings, to: str) -> None:
    """Copy the files of messages to a bucket in S3, or back to the data folder."""
    from chat_ui.server.commands import move_report
    from services.backup.move import places, to_store

    try:
        target = Settings(data=chosen.data, files=to).bucket
    except ValueError:
        fail(
            _(
                "--to is neither folder nor an address such as "
                "s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-central-1."
            )
        )
    _require_chat(chosen)
    try:
        if _is_other_version(chosen):
            fail(_("The database is from another version. Start the chat once, then try again."))
        lifecycle.prepare_files(chosen)
        with lifecycle.reading(chosen) as connection:
            files_of_chat = to_store.find(connection)
        chat = places.Place(chosen.data, chosen.postgres, chosen.bucket)
        copied = to_store.copy(files_of_chat, chat, target, move_report.Progress())
    except ServiceError as refused:
        fail(refused.message)
    for sentence in move_report.of_files(target, copied):
        say(sentence)
    raise click.exceptions.Exit(1 if copied.lost else 0)


@click.command("log")
@click.option("--verify", is_flag=True, help="Check instead that no entry was changed or removed")
@click.pass_obj
def log(chosen: Settings, *, verify: bool) -> None:
    """Print the security log, newest last: logins, failures, refusals, changes of accounts."""
    from sqlmodel import Session

    from chat_ui.server.commands import log_report
    from services.accounts.security import security_chain

    try:
        if _is_other_version(chosen):
            fail(_("The database is from another version. Start the chat once, then try again."))
        with lifecycle.reading(chosen) as connection, Session(connection) as session:
            if not verify:
                for row in security_chain.rows(session):
                    print(log_report.line(row))
                return
            verified = security_chain.verify(session)
    except ServiceError as refused:
        fail(refused.message)
    say(log_report.sentence(verified))
    raise click.exceptions.Exit(1 if verified.broken else 0)


def _repair(data: Path, store: "Store") -> None:
    from chat_ui.server.commands import check_report
    from services.backup import repair as repairing

    with data_folder.lock(data):
        for sentence in check_report.repaired(repairing.repair(data, store)):
            say(sentence)


def _is_other_version(chosen: Settings) -> bool:
    """Return whether the database is of another version; end here when there is none.

    A server of that version may be running: the database is not to change under it.
    """
    _require_chat(chosen)
    is_other = lifecycle.is_other_version(chosen)
    if is_other is None:
        fail(_("There is no chat in {folder}.").format(folder=chosen.postgres))
    return is_other


def _require_file(chosen: Settings) -> None:
    """Exit if the database is not a file in the data folder."""
    if chosen.postgres is not None:
        fail(
            _(
                "This chat is stored in PostgreSQL. Its host backs it up, restores and checks it "
                "with the tools of PostgreSQL, such as pg_dump: see docs/scaling.md."
            )
        )


def _require_chat(chosen: Settings) -> None:
    """Exit if the data folder holds no chat, or an incomplete one."""
    if atomic_swap.is_interrupted(chosen.data):
        fail(_("A restore was interrupted. Start the chat to finish it."))
    if chosen.postgres is None and not (chosen.data / data_folder.DATABASE).exists():
        fail(_("There is no chat in {folder}.").format(folder=chosen.data))
