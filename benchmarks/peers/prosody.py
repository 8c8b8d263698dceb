"""Prosody, an XMPP server, with a room whose messages it archives."""

from pathlib import Path

from benchmarks.servers import Server

PASSWORD = "correct horse battery"
ROOMS = "rooms.localhost"
_CONFIGURATION = """
run_as_root = true -- the benchmark may run as root
daemonize = false
pidfile = "{folder}/prosody.pid"
data_path = "{folder}"
certificates = "{folder}"
log = {{ error = "{folder}/prosody.log" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
modules_enabled = {{ "saslauth", "roster", "disco", "ping" }}
modules_disabled = {{ "s2s", "tls" }}

VirtualHost "localhost"

Component "{rooms}" "muc"
  modules_enabled = {{ "muc_mam" }}
  muc_room_locking = false
"""


def serve(folder: Path, people: int) -> Server:
    """Return a server of Prosody with accounts `person0`, … that stores all in `folder`."""
    accounts = folder / "localhost" / "accounts"
    accounts.mkdir(parents=True)
    for number in range(people):
        account = accounts / f"person{number}.dat"
        account.write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n')
    configuration = folder / "prosody.cfg.lua"
    server = Server("prosody", "-F", "--config", str(configuration))
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=server.port, rooms=ROOMS))
    return server
