"""`main.py` of a chat to which this machine is the internet, by names that end in `.example`.

The real rule about what may be connected to, which refuses this machine, is tested in
`tests/services/core/network/test_outbound.py`.
"""

import runpy
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from services.core import app_context  # noqa: E402
from services.core.app_context import AppContext  # noqa: E402
from services.core.network.outbound import AddressInfo, Reach  # noqa: E402

HERE = "127.0.0.1"
usual = app_context.use


def look_up(host: str, port: int, *_options: Any) -> list[AddressInfo]:
    """Return the address of a name."""
    if not host.endswith(".example"):
        raise socket.gaierror(socket.EAI_NONAME, host)
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (HERE, port))]


def use(context: AppContext | None) -> None:
    """Set the context, with that reach."""
    reach = Reach(lambda address, _port: address == HERE, look_up)
    usual(replace(context, link_reach=reach) if context else None)


app_context.use = use
runpy.run_path(str(PROJECT / "main.py"), run_name="__main__")
