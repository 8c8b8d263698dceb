"""ngIRCd, an IRC server in C, which stores nothing, with its limits removed."""

from pathlib import Path

from benchmarks.servers import Server

_CONFIGURATION = """
[Global]
Name = irc.localhost.example
Info = benchmark
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
PidFile = {folder}/ngircd.pid

[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0

[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1
"""


def serve(folder: Path) -> Server:
    """Return a server of ngIRCd, configured in `folder`."""
    folder.mkdir(parents=True)
    configuration = folder / "ngircd.conf"
    server = Server("ngircd", "-n", "-f", str(configuration))
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=server.port))
    return server
