"""A PostgreSQL server of our own, to be restarted, crashed, and to run out of connections."""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from benchmarks.chaos.oracle import MissingTool
from benchmarks.servers import free_port

BINARIES = Path("/usr/lib/postgresql")
"""Debian's, by version."""
OWNER = "postgres"
"""Who runs it if we are root, as which it refuses to run."""
USER, DATABASE = "chat", "chat"


class Postgres:
    """A server with an empty database, until the `with` block ends."""

    def __init__(self, *, connections: int = 100) -> None:
        """Prepare one with so many connections, of which three are the administrator's."""
        self._connections = connections
        self._port = free_port()
        self._password = secrets.token_hex(16)

    def __enter__(self) -> Self:
        """Raises `MissingTool` if it is not installed."""
        found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        if not found:
            raise MissingTool("PostgreSQL is not installed")
        self._binaries = found[-1].parent
        self._folder = Path(tempfile.mkdtemp(prefix="simple-chat-postgres-"))
        try:
            self._create()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def port(self) -> int:
        """The port it listens on, on this machine only."""
        return self._port

    def url(self, port: int = 0) -> str:
        """Return the address of the database; with `port`, through a proxy at that port."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{port or self._port}/{DATABASE}"

    @property
    def admin_url(self) -> str:
        """The address for the administrator, who still gets in when all connections are used."""
        return f"postgresql://admin:{self._password}@127.0.0.1:{self._port}/{DATABASE}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._run("pg_ctl", "-w", "-t", "60", "-l", str(self._folder / "log"), "start")

    def stop(self, mode: str) -> None:
        """Stop it: `fast`, as for an upgrade, or `immediate`, as if it crashed."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-m", mode, "stop")

    def _create(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, OWNER)
        password = self._folder / "password"
        password.write_text(self._password)
        if os.geteuid() == 0:
            shutil.chown(password, OWNER)
        password.chmod(0o600)
        self._run(
            *("initdb", "-U", "admin", f"--pwfile={password}", "-A", "scram-sha-256"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        with (self._folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(
                "listen_addresses = '127.0.0.1'\n"
                f"port = {self._port}\n"
                f"unix_socket_directories = '{self._folder}'\n"
                f"max_connections = {self._connections}\n"
                "superuser_reserved_connections = 3\n"
                # It is the server that crashes, not the machine: the system keeps what is written.
                "fsync = off\n"
            )
        self.start()
        import psycopg

        template = self.admin_url.rpartition("/")[0] + "/postgres"
        with psycopg.connect(template, autocommit=True) as admin:
            admin.execute(f"CREATE USER {USER} PASSWORD '{self._password}'")
            admin.execute(f"CREATE DATABASE {DATABASE} OWNER {USER} TEMPLATE template0")

    def _run(self, command: str, *arguments: str) -> None:
        as_owner = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [
                *as_owner,
                str(self._binaries / command),
                "-D",
                str(self._folder / "data"),
                *arguments,
            ],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
