"""The command line: what `python main.py` understands."""

import asyncio
import importlib.util
import io
import os
import socket
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from chat_ui.compat import registry, skip_aiohttp
from chat_ui.server import lan as network
from services import lifecycle
from services.accounts import password_resets
from services.accounts import setup_code as code
from services.core import atomic_swap, data_folder, filesize, settings
from services.core.errors import ServiceError
from services.core.i18n import _, choose_language, plural
from services.core.settings import Registration, Settings
from services.db import migrate
from services.files import scanner

cli = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    rich_markup_mode=None,  # plain help, an option a line
    context_settings={"terminal_width": 110},
)

EDITING = "SIMPLE_CHAT_EDITED"
"""Environment variable set for the server processes that `--edit` starts and restarts."""


def run() -> None:
    """Parse and run the command line; report a mistake in it as one sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not have every letter
            stream.reconfigure(errors="replace")
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    choose_language([spoken.partition(".")[0].replace("_", "-")])
    try:
        sys.exit(cli(prog_name="main.py", standalone_mode=False))
    except TyperException as mistake:
        _print_mistake(mistake.format_message())
        sys.exit(mistake.exit_code)


@cli.callback()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [8080]")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder where everything is kept [data]")
    ] = None,
    show: Annotated[
        bool | None, typer.Option("--show/--no-show", help="Open a browser tab, or none [show]")
    ] = None,
    native: Annotated[
        bool | None, typer.Option("--native", help="A window of its own instead of a tab")
    ] = None,
    edit: Annotated[
        bool | None, typer.Option("--edit", help="Open pages follow what is saved in chat_ui/")
    ] = None,
    lan: Annotated[
        bool | None, typer.Option("--lan", help="Share on this network; prints address and QR code")
    ] = None,
    behind_proxy: Annotated[
        bool | None,
        typer.Option("--behind-proxy", help="A proxy of yours, on this machine, speaks HTTPS"),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate file (PEM): turns HTTPS on, with --tls-key")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key file (PEM) of the certificate")] = None,
    registration: Annotated[
        Registration | None,
        typer.Option(metavar="WHO", help="Who may make an account: open, invite or closed"),
    ] = None,
    compat: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES", help="Leave out patches of libraries: off for all, or their names"
        ),
    ] = None,
) -> None:
    """Simple Chat: a chat that you host yourself.

    Without a command it serves the chat and opens a browser tab. Every option can also be set
    as a variable, such as CHAT_PORT=9000.
    """
    given = {
        name: value
        for name, value in locals().items()
        if name in Settings.model_fields and value is not None
    }
    chosen = _settings(given)
    context.obj = chosen
    if context.invoked_subcommand is None:
        _start(chosen)


@cli.command("reset-password")
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
            _fail(
                _("The database is of another version. Start the chat once, then ask for the link.")
            )
        token = asyncio.run(make())
    except ServiceError as refused:
        _fail(refused.message)
    print(_("Open this once, within 24 hours:"))
    address = network.address_for_others(chosen) if chosen.lan else chosen.address
    print(f"{address}/reset/{token}")


@cli.command("backup")
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to put it, such as chat.zip")],
) -> None:
    """Back everything up as one file, also while the chat runs."""
    # As in the commands below: what only one of them needs, no start is to wait for.
    from services.backup import archive

    chosen: Settings = context.obj
    _require_chat(chosen)
    try:
        saved = archive.save(chosen.data, file.expanduser().absolute())
    except ServiceError as refused:
        _fail(refused.message)
    _say(_("Backed up as {file} ({size}).").format(file=file, size=filesize.text(saved.size)))
    if saved.missing:
        _say(
            plural(
                "{count} file was missing before: {command} says which.",
                "{count} files were missing before: {command} says which.",
                saved.missing,
            ).format(count=saved.missing, command="python main.py check")
        )


@cli.command("restore")
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
        _fail(refused.message)
    for finding in restored.lost:
        _say(check_report.file_sentence(finding))
    _say(
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
    _say(
        _("What was there before is in {folder}: delete that when all is well.").format(
            folder=before
        )
    )


@cli.command("check")
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
            _fail(_("The database is of another version. Start the chat once, then check again."))
        if repair:
            _repair(chosen.data)
        flaws = database_check.run(chosen.data / data_folder.DATABASE)
        for flaw in flaws:
            _say(check_report.database_sentence(flaw))
        for finding in looked.run():
            _say(check_report.file_sentence(finding))
    except ServiceError as refused:
        _fail(refused.message)
    _say(check_report.sum_up(looked, len(flaws)))
    raise typer.Exit(1 if looked.damages or flaws else 0)


def _repair(data: Path) -> None:
    from chat_ui.server import check_report
    from services.backup import repair as repairing

    with data_folder.lock(data):
        for sentence in check_report.repaired(repairing.repair(data)):
            _say(sentence)


def _is_other_version(chosen: Settings) -> bool:
    """Return whether the database is of another version; end here when there is none.

    A server of that version may be running: the database is not to change under it.
    """
    _require_chat(chosen)
    return migrate.is_needed(chosen.data / data_folder.DATABASE)


def _require_chat(chosen: Settings) -> None:
    """Exit if the data folder holds no chat, or an incomplete one."""
    if atomic_swap.is_interrupted(chosen.data):
        _fail(_("A restore was cut short. Start the chat: that finishes it."))
    if not (chosen.data / data_folder.DATABASE).exists():
        _fail(_("There is no chat in {folder}.").format(folder=chosen.data))


def _settings(given: dict[str, object]) -> Settings:
    try:
        chosen = settings.load(**given)
        registry.left_out(chosen.compat)
    except ValueError as error:
        _fail(str(error))
    if bool(chosen.tls_cert) != bool(chosen.tls_key):
        _fail(_("HTTPS takes both --tls-cert and --tls-key."))
    for file in (chosen.tls_cert, chosen.tls_key):
        if file and not file.is_file():
            _fail(_("{file} is not there: --tls-cert and --tls-key name files.").format(file=file))
    if chosen.reachable and not (chosen.lan or chosen.tls or chosen.behind_proxy):
        _fail(
            _(
                "Listening on {host} would send passwords over the network unencrypted. Use --lan "
                "to share on a network you trust, --tls-cert and --tls-key for HTTPS, or "
                "--behind-proxy when a proxy of yours speaks HTTPS."
            ).format(host=chosen.host)
        )
    return chosen


def _start(chosen: Settings) -> None:
    if chosen.edit and EDITING not in os.environ:
        from chat_ui.server import dev_server

        os.environ[EDITING] = "1"
        dev_server.keep_running()
        return
    is_interrupted = atomic_swap.is_interrupted(chosen.data)
    try:
        lock = data_folder.lock(chosen.data)
        lifecycle.prepare_database(chosen.data / data_folder.DATABASE)
    except ServiceError as refused:
        _fail(refused.message)
    if is_interrupted:
        _say(_("The restore that was cut short is finished."))
    if problem := _cannot_listen(chosen):
        _fail(problem)
    native = chosen.native and _can_open_window()
    if chosen.virus_scanner:
        _tell_if_away(chosen.virus_scanner)
    if chosen.reachable:
        _tell_how_to_reach(chosen)
    skip_aiohttp.PATCH.apply(registry.left_out(chosen.compat))
    from chat_ui.server import run as server

    with lock:
        try:
            server.serve(chosen, native=native)
        except registry.Incompatible as error:
            _fail(str(error))


def _cannot_listen(chosen: Settings) -> str:
    """Return why the address cannot be listened on, or nothing."""
    try:
        family = socket.getaddrinfo(chosen.listen, chosen.port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((chosen.listen, chosen.port), family=family).close()
    except socket.gaierror:
        return _("{host} is no address of this machine. Choose another with --host.").format(
            host=chosen.listen
        )
    except OSError as error:
        return _(
            "Port {port} on {host} cannot be used ({reason}). Choose another with --port."
        ).format(port=chosen.port, host=chosen.listen, reason=os.strerror(error.errno or 0))
    return ""


def _can_open_window() -> bool:
    """Return whether a native window can open here; print why not."""
    backs = ("qtpy", "gi") if sys.platform.startswith("linux") else ("webview",)
    if not importlib.util.find_spec("webview") or not any(map(importlib.util.find_spec, backs)):
        _say(_("A window needs more: pip install -e '.[native]'. Opening the browser instead."))
        return False
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        _say(_("There is no display for a window here. Opening the browser instead."))
        return False
    return True


def _tell_if_away(virus_scanner: str) -> None:
    """Say that no files can be sent before the scanner is there; it may still be starting."""
    if reason := asyncio.run(scanner.why_unavailable(virus_scanner)):
        _print_mistake(
            _(
                "The virus scanner at {address} cannot be asked ({reason}). "
                "Start it: no files can be sent before it answers."
            ).format(address=virus_scanner, reason=reason)
        )


def _tell_how_to_reach(chosen: Settings) -> None:
    """Print where others find the chat, and what that means."""
    if chosen.lan:
        address = network.address_for_others(chosen)
        _say(_("Others on this network find the chat at {address}").format(address=address))
        network.print_qr_code(address)
        if not chosen.tls:
            _say(
                _(
                    "What is said travels unencrypted: whoever controls this network can read it, "
                    "passwords too. Share only on a network you trust."
                )
            )
    if not asyncio.run(_has_accounts(chosen)):
        _say(
            _("Set-up code for the first account, the administrator's: {code}").format(
                code=code.get_or_create(chosen)
            )
        )


async def _has_accounts(chosen: Settings) -> bool:
    from services.accounts import registration

    await lifecycle.startup(chosen)
    try:
        return not await registration.needs_first_account()
    finally:
        await lifecycle.shutdown()


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _print_mistake(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _fail(sentence: str) -> NoReturn:
    _print_mistake(sentence)
    raise typer.Exit(1)
