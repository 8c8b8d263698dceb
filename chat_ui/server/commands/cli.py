"""The command line: what `python main.py` understands."""

import io
import os
import sys

import click

from chat_ui.compat import registry
from chat_ui.server import mounted
from chat_ui.server.commands import certificate, data_commands, demo, start
from chat_ui.server.commands.terminal import FILE, INTERRUPTED, fail, print_mistake
from services.core import settings
from services.core.errors import ServiceError
from services.core.i18n import _, choose_language
from services.core.settings import Registration, Settings, is_loopback


def run(make_routes: mounted.MakeRoutes | None = None) -> None:
    """Parse and run the command line; report a mistake in it as one sentence.

    `make_routes` returns what is served beside the pages.
    """
    mounted.use(make_routes)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not have every letter
            stream.reconfigure(errors="replace")
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    choose_language([spoken.partition(".")[0].replace("_", "-")])
    try:
        sys.exit(cli(prog_name="main.py", standalone_mode=False))
    except click.Abort:  # Ctrl-C
        sys.exit(INTERRUPTED)
    except click.ClickException as mistake:
        print_mistake(mistake.format_message())
        sys.exit(mistake.exit_code)


@click.group(invoke_without_command=True, context_settings={"terminal_width": 110})
@click.option("--host", help="Address to listen on [127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on [8080]")
@click.option("--data", type=FILE, help="Folder where everything is kept [data]")
@click.option("--show/--no-show", default=None, help="Open a browser tab, or none [show]")
@click.option("--native", is_flag=True, default=None, help="A window of its own instead of a tab")
@click.option(
    "--edit", is_flag=True, default=None, help="Open pages follow what is saved in chat_ui/"
)
@click.option(
    "--lan", is_flag=True, default=None, help="Share on this network; prints address and QR code"
)
@click.option(
    "--behind-proxy",
    is_flag=True,
    default=None,
    help="A proxy of yours, on this machine, speaks HTTPS",
)
@click.option("--public-url", help="Where people open the chat, such as https://chat.example.org")
@click.option(
    "--tls-cert", type=FILE, help="Certificate file (PEM): turns HTTPS on, with --tls-key"
)
@click.option("--tls-key", type=FILE, help="Key file (PEM) of the certificate")
@click.option(
    "--registration",
    type=click.Choice([each.value for each in Registration]),
    metavar="WHO",
    help="Who may make an account: open, invite or closed",
)
@click.option("--api/--no-api", default=None, help="Take webhooks, or serve browsers alone [api]")
@click.option(
    "--connect",
    metavar="URL",
    help="Be a node: your own copy of the chat at this address, where the keys are",
)
@click.option(
    "--compat",
    metavar="NAMES",
    help="Leave out patches of libraries: off for all, or their names",
)
@click.pass_context
def cli(context: click.Context, /, **options: object) -> None:
    """Simple Chat: a chat that you host yourself.

    Without a command it serves the chat and opens a browser tab. Every option can also be set
    as a variable, such as CHAT_PORT=9000.
    """
    chosen = _settings({name: value for name, value in options.items() if value is not None})
    context.obj = chosen
    if context.invoked_subcommand is None:
        start.start(chosen)


for command in (
    data_commands.reset_password,
    data_commands.remove_second_factor,
    data_commands.backup,
    data_commands.restore,
    data_commands.check,
    data_commands.move,
    data_commands.move_files,
    data_commands.log,
    demo.demo,
    certificate.certificate,
):
    cli.add_command(command)


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
