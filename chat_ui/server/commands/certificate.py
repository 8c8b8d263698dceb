"""The command that makes a certificate, for HTTPS on a network without a public name."""

import click

from chat_ui.server.commands.terminal import fail, say
from services.core.errors import ServiceError
from services.core.i18n import _, language
from services.core.network import host_names
from services.core.settings import Settings


@click.command()
@click.option(
    "--name",
    multiple=True,
    help="Another name or address of this computer; may be given several times",
)
@click.pass_obj
def certificate(chosen: Settings, name: tuple[str, ...]) -> None:
    """Make a certificate for this computer, which --lan then uses: HTTPS without any provider."""
    from babel.dates import format_date

    from services.host import certificates

    named = {each: host_names.normalise(each) for each in name}
    for typed, normalised in named.items():
        if not normalised:
            fail(_("{name} is not a host name such as chat.example.org").format(name=typed) + ".")
        if not certificates.may_be_for(normalised):
            fail(
                _(
                    "A certificate for {name} would be good for everything that ends in .{name}. "
                    "Give a name with a dot, such as {name}.local."
                ).format(name=normalised)
            )
    hosts = certificates.own_hosts(chosen) | set(named.values())
    before = certificates.find(chosen.data)
    try:
        made = certificates.make(chosen.data, hosts)
    except ServiceError as refused:
        fail(refused.message)
    until = format_date(made.expires_at, locale=language())
    say(
        _("Certificate made, valid until {date}, for: {names}").format(
            date=until, names=", ".join(sorted(made.hosts))
        )
    )
    say(
        _("Start the chat, or start it again, with: {command}").format(
            command="python main.py --lan"
        )
    )
    if made.is_new_authority:
        if before:
            say(
                _(
                    "There is a new authority, which devices need. Remove the old one from those "
                    "that have it."
                )
            )
        say(
            _(
                "Then, on each device, open {address} and do what it says there. Compare this "
                "fingerprint with the one that the device shows:"
            ).format(address=f"https://{host_names.local_name() or '…'}:{chosen.port}/certificate")
        )
        say(made.fingerprint)
    else:
        say(_("Devices need nothing new."))
