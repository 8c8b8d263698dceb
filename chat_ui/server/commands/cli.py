"""The command line: what `python main.py` understands."""

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from chat_ui.compat import registry
from chat_ui.server.commands import certificate, data_commands, demo, start
from chat_ui.server.commands.terminal import fail, print_mistake
from services.core import settings
from services.core.errors import ServiceError
from services.core.i18n import _, choose_language
from services.core.settings import Registration, Settings, is_loopback

cli = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    rich_markup_mode=None,  # plain help, an option a line
    context_settings={"terminal_width": 110},
)


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
    public_url: Annotated[
        str | None,
        typer.Option(help="Where people open the chat, such as https://chat.example.org"),
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
        start.start(chosen)


cli.command("reset-password")(data_commands.reset_password)
cli.command("remove-second-factor")(data_commands.remove_second_factor)
cli.command("backup")(data_commands.backup)
cli.command("restore")(data_commands.restore)
cli.command("check")(data_commands.check)
cli.command("log")(data_commands.log)
cli.command("demo")(demo.demo)
cli.command("certificate")(certificate.certificate)


def _settings(given: dict[str, object]) -> Settings:
    try:
        chosen = settings.load(**given)
        registry.left_out(chosen.compat)
    except ValueError as error:
        fail(str(error))
    if chosen.lan and not chosen.tls_cert:
        chosen = _with_own_certificate(chosen)
    if bool(chosen.tls_cert) != bool(chosen.tls_key):
        fail(_("HTTPS needs both --tls-cert and --tls-key."))
    for file in (chosen.tls_cert, chosen.tls_key):
        if file and not file.is_file():
            fail(
                _(
                    "{file} does not exist. Give --tls-cert and --tls-key the paths of files."
                ).format(file=file)
            )
    if chosen.behind_proxy and not chosen.configured_hosts:
        fail(
            _(
                "Behind a proxy, the chat needs to know its address. Set --public-url, "
                "such as https://chat.example.org."
            )
        )
    if not (is_loopback(chosen.listen) or chosen.lan or chosen.tls or chosen.behind_proxy):
        fail(
            _(
                "Listening on {host} would send passwords over the network unencrypted. "
                "Use --lan to share on a network you trust, --tls-cert and --tls-key for "
                "HTTPS, or --behind-proxy if your own proxy handles HTTPS."
            ).format(host=chosen.host)
        )
    return chosen


def _with_own_certificate(chosen: Settings) -> Settings:
    from services.host import certificates  # few starts need it

    try:
        return certificates.use(chosen)
    except ServiceError as refused:
        fail(refused.message)
