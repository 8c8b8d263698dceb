"""Settings, from command-line options, then `CHAT_*` variables, then these defaults."""

import ipaddress
import os
import re
from enum import StrEnum
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from services.core import bucket_address, colours
from services.core.bucket_address import BucketAddress
from services.core.i18n import _, number
from services.core.limits.rate_limits import parse_rate
from services.core.network import bus_address, database_address, host_names, socket_address
from services.core.network.database_address import DatabaseAddress

_SIZE = re.compile(r"\d{1,15}(\.\d{1,6})? *([kmgt]i?b?|b)?", re.ASCII | re.IGNORECASE)
MIN_TOKEN = 16
"""The shortest token, in characters: 16 random ones take for ever to guess."""
_TOKEN = re.compile(rf"[A-Za-z0-9\-._~+/]{{{MIN_TOKEN},}}=*")
"""What may be sent as `Authorization: Bearer …` (RFC 6750 §2.1)."""
_SECRET = {"bus", "database", "files", "metrics_token"}
"""Settings whose values are never shown: they are secrets, or somebody may have put one there."""
FOLDER = "folder"
"""The value of `files` for the data folder."""
PREFIX = "CHAT_"
"""How the names of variables begin, in upper or lower case."""
PROJECT_FOLDER = Path(__file__).parent.parent.parent
"""The folder of `main.py`."""
NODE_FOLDER = PROJECT_FOLDER / "data-node"
"""The data folder of a node, unless another one is chosen."""


class Registration(StrEnum):
    """Who may create an account."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


class Settings(BaseModel):
    """All settings of the app. Invalid values and unknown names are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    data: Path = PROJECT_FOLDER / "data"
    database: SecretStr | None = None
    """The PostgreSQL database, `postgresql://user:password@host/name`; None for SQLite."""
    bus: SecretStr | None = None
    """The Redis or Valkey server by which several processes on one database tell each other what
    is new, `redis://:password@host:6379`; None for one process."""
    files: str = FOLDER
    """Where the files of messages are: `folder`, the data folder, or
    `s3://bucket/prefix?endpoint=…&region=…`."""
    show: bool = True
    native: bool = False
    edit: bool = False
    lan: bool = False
    behind_proxy: bool = False
    proxy_addresses: str = "127.0.0.1,::1"
    """With `behind_proxy`: the proxies whose X-Forwarded-For is trusted."""
    public_url: str = ""
    """The URL at which people open the chat, without a path; empty for that of this machine."""
    host_names: str = ""
    """Further host names and IP addresses by which people open the chat, separated by commas."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    registration: Registration | None = None
    argon2_memory_kib: int = Field(default=65536, ge=8192, le=4 * 1024 * 1024)
    argon2_time_cost: int = Field(default=3, ge=1, le=100)
    argon2_parallelism: int = Field(default=1, ge=1, le=64)
    message_rate: str = "60 per 10 seconds"
    """How often one user may send, edit, delete, pin or save; parsed by `parse_rate`."""
    daily_text: ByteSize = Field(default=ByteSize(20 * 10**6), gt=0)
    """How much text one user may store in a day, with the HTML that is made of it."""
    file_size: ByteSize = Field(default=ByteSize(25 * 10**6), gt=0)
    """The maximum size of one file, in bytes or as `25 MB`; the next two are totals."""
    files_per_person: ByteSize = Field(default=ByteSize(2 * 10**9), gt=0)
    files_total: ByteSize = Field(default=ByteSize(50 * 10**9), gt=0)
    files_refused: str = ""
    """Blocked file types: kinds and extensions, separated by commas, such as `video, exe`."""
    backups: int = Field(default=7, ge=0, le=365)
    """How many nightly backups to keep; 0 turns them off."""
    virus_scanner: str | None = None
    """The address of clamd: the path of its socket, or `host:port`; None for no scanning."""
    push_to_this_machine: bool = False
    """Whether push services may be on private addresses, and without HTTPS."""
    accent: str = ""
    """The colour of buttons, links and viewers' own messages, such as `#0a7d5a`; empty for ours."""
    metrics_token: SecretStr | None = None
    """What whoever asks for `/metrics` must know; None for nobody."""
    api: bool = True
    """Whether programs are answered (`api/`), such as those that call webhooks."""
    connect: str = ""
    """The chat that this one holds a copy of, for one person on their own computer, as
    `https://chat.example.org`; empty for a chat of its own."""
    compat: str = ""
    """Library patches to leave out: names separated by commas, or `off` for all that only
    improve speed; parsed by `chat_ui/compat/registry.py`."""

    def __init__(self, **given: Any) -> None:
        """Take what is given, and the rest from variables."""
        known = {
            name: text for name, text in _variables().items() if name in type(self).model_fields
        }
        chosen = known | given
        if chosen.get("connect"):
            chosen = {"data": NODE_FOLDER, "registration": "closed", "api": False} | chosen
        super().__init__(**chosen)

    @field_validator("data", "tls_cert", "tls_key")
    @classmethod
    def _expand(cls, path: Path | None) -> Path | None:
        return path.expanduser().resolve() if path else path

    @field_validator("message_rate")
    @classmethod
    def _is_a_rate(cls, rate: str) -> str:
        limit, _seconds = parse_rate(rate)
        if limit < 1:
            raise ValueError(_("no one could send anything"))
        return rate

    @field_validator("database")
    @classmethod
    def _is_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        database_address.parse(url.get_secret_value())
        return url

    @field_validator("bus")
    @classmethod
    def _is_a_bus(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        return SecretStr(bus_address.check(url.get_secret_value()))

    @field_validator("files")
    @classmethod
    def _is_a_store(cls, place: str) -> str:
        if place not in ("", FOLDER):
            bucket_address.parse(place)
        return place or FOLDER

    @field_validator("virus_scanner")
    @classmethod
    def _is_an_address(cls, scanner: str | None) -> str | None:
        if scanner:
            socket_address.parse(scanner)
        return scanner or None

    @field_validator("metrics_token")
    @classmethod
    def _is_a_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None or not token.get_secret_value():
            return None
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError(
                _("it is not at least {number} letters, digits and signs such as - and _").format(
                    number=number(MIN_TOKEN)
                )
            )
        return token

    @field_validator("accent")
    @classmethod
    def _is_a_colour(cls, colour: str) -> str:
        if colour and not colours.is_colour(colour):
            raise ValueError(_("it is not a colour such as #4b57d6"))
        return colour.lower()

    @field_validator("public_url")
    @classmethod
    def _is_a_public_url(cls, url: str) -> str:
        return host_names.check_url(url) if url else ""

    @field_validator("connect")
    @classmethod
    def _is_a_hub(cls, url: str) -> str:
        if not url:
            return ""
        origin = host_names.check_url(url)
        parts = urlsplit(origin)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ValueError(
                _("others could read your password on the way; use an address with https://")
            )
        return origin

    @field_validator("host_names")
    @classmethod
    def _are_host_names(cls, names: str) -> str:
        for name in filter(None, map(str.strip, names.split(","))):
            if not host_names.normalise(name):
                raise ValueError(
                    _("{name} is not a host name such as chat.example.org").format(name=name)
                )
        return names

    @field_validator("daily_text", "file_size", "files_per_person", "files_total", mode="before")
    @classmethod
    def _is_a_size(cls, size: Any) -> Any:
        # Before pydantic parses it, which ignores what follows the unit.
        if isinstance(size, str) and not _SIZE.fullmatch(size.strip()):
            raise ValueError(_("it is not a size such as 25 MB"))
        return size

    @property
    def postgres(self) -> DatabaseAddress | None:
        """The PostgreSQL database; None for SQLite, in the data folder."""
        return database_address.parse(self.database.get_secret_value()) if self.database else None

    @property
    def is_one_of_several(self) -> bool:
        """Whether other processes, which share the database, go on when this one stops."""
        return self.bus is not None

    @property
    def answers_apps(self) -> bool:
        """Whether apps that speak Matrix are answered: one process can (`docs/matrix.md`)."""
        return self.api and self.bus is None

    @property
    def bucket(self) -> BucketAddress | None:
        """Where the files are in S3; None if they are in the data folder."""
        return None if self.files == FOLDER else bucket_address.parse(self.files)

    @property
    def refused_kinds(self) -> frozenset[str]:
        """The blocked kinds and extensions, without dots."""
        parts = (part.strip().lower().removeprefix(".") for part in self.files_refused.split(","))
        return frozenset(filter(None, parts))

    @cached_property  # asked for every request
    def configured_hosts(self) -> frozenset[str]:
        """The hosts of `public_url` and `host_names`, normalised."""
        names = [*self.host_names.split(","), urlsplit(self.public_url).netloc]
        return frozenset(filter(None, map(host_names.normalise, names)))

    @property
    def listen(self) -> str:
        """The address to listen on."""
        return "0.0.0.0" if self.lan else self.host  # noqa: S104  (that is what --lan means)

    @property
    def tls(self) -> bool:
        """Whether the server itself serves HTTPS."""
        return self.tls_cert is not None and self.tls_key is not None

    @property
    def reachable(self) -> bool:
        """Whether other machines can reach the server."""
        return bool(self.behind_proxy or self.public_url) or not is_loopback(self.listen)

    @property
    def who_may_register(self) -> Registration:
        """`registration`, or its default: open on this machine or local network, else by invite."""
        if self.registration is not None:
            return self.registration
        return Registration.OPEN if self.lan or not self.reachable else Registration.INVITE

    @property
    def address(self) -> str:
        """The URL of the chat for a browser on this machine."""
        host = self.listen
        if host in {"0.0.0.0", "::"}:  # noqa: S104
            host = "127.0.0.1"
        return f"{'https' if self.tls else 'http'}://{bracketed(host)}:{self.port}"

    @property
    def address_for_others(self) -> str:
        """The URL of the chat for people at other machines, as far as it is known."""
        if self.public_url or not self.lan:
            return self.public_url or self.address
        return self._at(host_names.own_address())

    @property
    def local_address(self) -> str:
        """The URL with the `.local` name of this machine (RFC 6762); empty if it has none."""
        name = host_names.local_name()
        return self._at(name) if name else ""

    def _at(self, host: str) -> str:
        return f"{'https' if self.tls else 'http'}://{bracketed(host)}:{self.port}"


def _variables() -> dict[str, str]:
    """Return the values of variables with our prefix, by the name of the setting."""
    return {
        name.upper().removeprefix(PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.upper().startswith(PREFIX)
    }


def load(**options: Any) -> Settings:
    """Return the settings from `options` (None means not given) and `CHAT_*` variables.

    Raises `ValueError` with a sentence that names the invalid value or unknown variable.
    """
    unknown = sorted(
        name
        for name in os.environ
        if name.upper().startswith(PREFIX)
        and name.upper().removeprefix(PREFIX).lower() not in Settings.model_fields
        and name not in NOT_SETTINGS
    )
    if unknown:
        raise ValueError(
            _("{name} is not a setting of Simple Chat. Remove it, or correct its name.").format(
                name=unknown[0]
            )
        )
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        spelled = f"--{name.replace('_', '-')}" if name in given else f"CHAT_{name.upper()}"
        reason = first["msg"].removeprefix("Value error, ")
        raise ValueError(
            _("{name} is {value!r}, which is not valid: {reason}.").format(
                name=spelled, value="…" if name in _SECRET else first["input"], reason=reason
            )
        ) from error
    _check_size_order(settings)
    _check_node(settings)
    if settings.bus and not settings.database:
        raise ValueError(
            _("CHAT_BUS is for several processes on PostgreSQL: set CHAT_DATABASE, too.")
        )
    return settings


def _check_size_order(settings: Settings) -> None:
    """Raise `ValueError` when a size limit is larger than the next wider one."""
    sizes = ("file_size", "files_per_person", "files_total")
    for part, whole in pairwise(sizes):
        if getattr(settings, part) > getattr(settings, whole):
            raise ValueError(
                _(
                    "{whole} is {most:,} bytes, less than {part}, which is {size:,} "
                    "bytes. Raise the first or lower the second."
                ).format(
                    whole=f"CHAT_{whole.upper()}",
                    most=int(getattr(settings, whole)),
                    part=f"CHAT_{part.upper()}",
                    size=int(getattr(settings, part)),
                )
            )


def _check_node(settings: Settings) -> None:
    """Raise `ValueError` for a node that others could reach, or that has nothing of its own."""
    if not settings.connect:
        return
    if settings.reachable or settings.behind_proxy:
        raise ValueError(
            _(
                "With --connect the chat is yours alone: leave out --host, --lan, --behind-proxy "
                "and --public-url."
            )
        )
    if settings.database or settings.bus or settings.bucket:
        raise ValueError(
            _(
                "With --connect everything is in the data folder: leave out CHAT_DATABASE, "
                "CHAT_BUS and CHAT_FILES."
            )
        )
    if settings.api or settings.registration is not Registration.CLOSED:
        raise ValueError(
            _("With --connect the chat is yours alone: leave out --api and --registration.")
        )


NOT_SETTINGS = {
    "CHAT_REQUIRE_BROWSER",
    "CHAT_REQUIRE_CLIENTS",
    "CHAT_REQUIRE_NHEKO",
    "CHAT_REQUIRE_S3",
    "CHAT_REQUIRE_SYNAPSE",
    "CHAT_TEST_DATABASE",
}
"""Variables with our prefix that are no settings; only the tests read them."""


@cache  # called for every request, with the same host
def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bracketed(host: str) -> str:
    """Return `host` for use in a URL: an IPv6 address goes in brackets (RFC 3986 §3.2.2)."""
    return f"[{host}]" if ":" in host else host
