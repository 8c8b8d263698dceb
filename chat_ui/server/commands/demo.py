"""The command that shows the chat with people and messages in it."""

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path

import click

from chat_ui.server import stopping
from chat_ui.server.commands import start
from chat_ui.server.commands.terminal import fail, say
from services import lifecycle
from services.core.i18n import _
from services.core.settings import Settings

KEPT = ("host", "port", "show", "native", "tls_cert", "tls_key", "compat")
"""The settings that say how it is run; all others are the usual ones, which the class goes by."""
IN_A_HURRY = {
    "argon2_memory_kib": 8192,
    "argon2_time_cost": 1,
    "message_rate": "1000 per 1 second",
}
"""Settings while the chat is filled: everybody knows the password, and nobody types."""


@click.command()
@click.pass_obj
def demo(chosen: Settings) -> None:
    """Try the chat with a class of twelve and a week of talk; all of it is removed at the end."""
    if chosen.reachable:
        fail(
            _(
                "The demo is for this computer only, since everybody knows its password. Start it "
                "without --lan, --host, --behind-proxy and --public-url."
            )
        )
    if chosen.edit:
        fail(_("The demo can't be edited: each change would fill it again. Leave out --edit."))
    stopping.exit_when_asked()  # while it is filled, too
    # On Windows, a virus scanner may hold a file for a moment.
    with tempfile.TemporaryDirectory(prefix="chat-demo-", ignore_cleanup_errors=True) as folder:
        tried = for_demo(chosen, Path(folder) / "data")
        say(_("Preparing a class of twelve …"))
        asyncio.run(prepare(tried))
        from services.demo.script import PASSWORD, READER

        say(
            _("Log in as {name} with the password: {password}").format(
                name=READER, password=PASSWORD
            )
        )
        say(_("Everything is removed when you stop it with Ctrl-C."))
        start.start(tried)


def for_demo(chosen: Settings, data: Path) -> Settings:
    """Return the settings of a demo in a data folder.

    The host's own may say that nobody can register, or that a scanner looks at files.
    """
    usual = {name: field.get_default() for name, field in Settings.model_fields.items()}
    # All are given: else they would come from the host's variables.
    return Settings(**usual | {name: getattr(chosen, name) for name in KEPT} | {"data": data})


async def prepare(tried: Settings, moment: datetime | None = None) -> None:
    """Make the data folder of these settings, with the week of talk that ends at `moment`, or now."""
    # Only here: no other command is to wait for it.
    from services.demo import fill

    tried.data.mkdir(mode=0o700)
    await lifecycle.startup(tried.model_copy(update=IN_A_HURRY))
    try:
        await fill.fill(moment)
    finally:
        await lifecycle.shutdown()
