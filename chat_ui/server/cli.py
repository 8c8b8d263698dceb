"""The command line: what `python main.py` understands."""

import asyncio
import importlib.util
import io
import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from chat_ui.compat import registry, skip_aiohttp
from chat_ui.server import data_commands
from chat_ui.server import lan as network
from chat_ui.server.terminal import fail, print_mistake, say
from services import lifecycle
from services.accounts import setup_code as code
from services.core import atomic_swap, data_folder, settings
from services.core.errors import ServiceError
from services.core.i18n import _, choose_language
from services.core.settings import Registration, Settings
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
        print_mistake(mistake.format_message())
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


cli.command("reset-password")(data_commands.reset_password)
cli.command("backup")(data_commands.backup)
cli.command("restore")(data_commands.restore)
cli.command("check")(data_commands.check)


def _settings(given: dict[str, object]) -> Settings:
    try:
        chosen = settings.load(**given)
        registry.left_out(chosen.compat)
    except ValueError as error:
        fail(str(error))
    if bool(chosen.tls_cert) != bool(chosen.tls_key):
        fail(_("HTTPS takes both --tls-cert and --tls-key."))
    for file in (chosen.tls_cert, chosen.tls_key):
        if file and not file.is_file():
            fail(_("{file} is not there: --tls-cert and --tls-key name files.").format(file=file))
    if chosen.reachable and not (chosen.lan or chosen.tls or chosen.behind_proxy):
        fail(
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
        fail(refused.message)
    if is_interrupted:
        say(_("The restore that was cut short is finished."))
    if problem := _cannot_listen(chosen):
        fail(problem)
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
            fail(str(error))


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
        say(_("A window needs more: pip install -e '.[native]'. Opening the browser instead."))
        return False
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        say(_("There is no display for a window here. Opening the browser instead."))
        return False
    return True


def _tell_if_away(virus_scanner: str) -> None:
    """Say that no files can be sent before the scanner is there; it may still be starting."""
    if reason := asyncio.run(scanner.why_unavailable(virus_scanner)):
        print_mistake(
            _(
                "The virus scanner at {address} cannot be asked ({reason}). "
                "Start it: no files can be sent before it answers."
            ).format(address=virus_scanner, reason=reason)
        )


def _tell_how_to_reach(chosen: Settings) -> None:
    """Print where others find the chat, and what that means."""
    if chosen.lan:
        address = network.address_for_others(chosen)
        say(_("Others on this network find the chat at {address}").format(address=address))
        network.print_qr_code(address)
        if not chosen.tls:
            say(
                _(
                    "What is said travels unencrypted: whoever controls this network can read it, "
                    "passwords too. Share only on a network you trust."
                )
            )
    if not asyncio.run(_has_accounts(chosen)):
        say(
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
