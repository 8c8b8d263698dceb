"""Starting the chat from the command line."""

import asyncio
import importlib.util
import os
import socket
import sys

from chat_ui.compat import lean_imports, registry
from chat_ui.server.commands.terminal import fail, print_mistake, print_qr_code, say
from services import lifecycle
from services.core.disk import atomic_swap, data_folder
from services.core.errors import ServiceError
from services.core.i18n import _, plural
from services.core.network import host_names
from services.core.settings import Settings
from services.files.inspection import scanner
from services.registration import setup_code as code

EDITING = "SIMPLE_CHAT_EDITED"
"""Environment variable set for the server processes that `--edit` starts and restarts."""


def start(chosen: Settings) -> None:
    """Serve the chat until it is stopped; say first how others reach it, and what is missing."""
    if chosen.edit and EDITING not in os.environ:
        from chat_ui.server import dev_server

        os.environ[EDITING] = "1"
        dev_server.keep_running()
        return
    is_interrupted = atomic_swap.is_interrupted(chosen.data)
    try:
        folder = chosen.data
        lock = data_folder.share(folder) if chosen.bus else data_folder.lock(folder)
        lifecycle.prepare_database(chosen)
        lifecycle.prepare_files(chosen)
    except ServiceError as refused:
        fail(refused.message)
    if sentence := data_folder.close_to_others(chosen.data):
        print_mistake(sentence)
    if is_interrupted:
        say(_("The interrupted restore is finished."))
    if problem := _cannot_listen(chosen):
        fail(problem)
    native = chosen.native and _can_open_window()
    if chosen.virus_scanner:
        _tell_if_away(chosen.virus_scanner)
    if chosen.reachable:
        _tell_how_to_reach(chosen)
    lean_imports.PATCH.apply(registry.left_out(chosen.compat))
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
        return _("{host} is not an address of this machine. Choose another with --host.").format(
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
    needed = ("webview", "desktop_notifier")
    has_back = any(map(importlib.util.find_spec, backs))
    if not has_back or not all(map(importlib.util.find_spec, needed)):
        say(
            _(
                "A window needs more packages: pip install -e '.[native]'. Opening the browser "
                "instead."
            )
        )
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
                "The virus scanner at {address} does not respond ({reason}). Start it: "
                "no files can be sent until it does."
            ).format(address=virus_scanner, reason=reason)
        )


def _tell_how_to_reach(chosen: Settings) -> None:
    """Print where others find the chat, and what that means."""
    if chosen.lan:
        address = chosen.address_for_others
        say(_("Others on this network can open the chat at {address}").format(address=address))
        if local := chosen.local_address:
            say(_("Where names that end in .local work, also at {address}").format(address=local))
        print_qr_code(address)
        if not chosen.tls:
            say(
                _(
                    "Traffic is not encrypted: whoever controls this network can read "
                    "messages and passwords. Share only on a network you trust, or run "
                    "{command} first, for HTTPS."
                ).format(command="python main.py certificate")
            )
        _tell_about_certificate(chosen)
    if not asyncio.run(_has_accounts(chosen)):
        say(
            _("Setup code for the first account, the administrator's: {code}").format(
                code=code.get_or_create(chosen)
            )
        )


def _tell_about_certificate(chosen: Settings) -> None:
    """Say how devices come to trust the chat's own certificate, and what is wrong with it."""
    from services.host import certificates

    if not certificates.is_own(chosen) or not (found := certificates.find(chosen.data)):
        return
    command = "python main.py certificate"
    say(
        _("Devices that warn of the certificate find at {address} what to do.").format(
            address=f"{chosen.address_for_others}/certificate"
        )
    )
    if found.days_left < certificates.RENEW_DAYS:
        print_mistake(
            plural(
                "The certificate expires in {days} day. To renew it, run: {command}",
                "The certificate expires in {days} days. To renew it, run: {command}",
                found.days_left,
            ).format(days=max(0, found.days_left), command=command)
        )
    address = host_names.normalise(host_names.own_address())
    if address not in found.hosts:
        print_mistake(
            _(
                "The certificate is not for {address}, the address of this computer now. Use its "
                ".local name, or run: {command}"
            ).format(address=address, command=command)
        )


async def _has_accounts(chosen: Settings) -> bool:
    from services.registration import registration

    await lifecycle.startup(chosen)
    try:
        return not await registration.needs_first_account()
    finally:
        await lifecycle.shutdown()
