"""What a host can set: from options, else `CHAT_*` variables, else these defaults."""

import ipaddress
import os
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.throttle import read_rate
from services.words import _

HERE = Path(__file__).parent.parent
"""The project's folder: where `main.py` is."""


class Registration(StrEnum):
    """Who may make an account."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


class Settings(BaseSettings):
    """Everything that a host can set. A broken or unknown value is refused by name."""

    model_config = SettingsConfigDict(env_prefix="CHAT_", extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    data: Path = HERE / "data"
    show: bool = True
    native: bool = False
    edit: bool = False
    lan: bool = False
    behind_proxy: bool = False
    proxy_addresses: str = "127.0.0.1,::1"
    """Which proxies are believed about where a request comes from, with `behind_proxy`."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    registration: Registration | None = None
    argon2_memory_kib: int = Field(default=65536, ge=8192, le=4 * 1024 * 1024)
    argon2_time_cost: int = Field(default=3, ge=1, le=100)
    argon2_parallelism: int = Field(default=1, ge=1, le=64)
    message_rate: str = "60 per 10 seconds"
    """How many messages one person may send, as `services/throttle.py` reads it."""

    @field_validator("data", "tls_cert", "tls_key")
    @classmethod
    def _expand(cls, path: Path | None) -> Path | None:
        return path.expanduser().resolve() if path else path

    @field_validator("message_rate")
    @classmethod
    def _is_a_rate(cls, rate: str) -> str:
        most, _seconds = read_rate(rate)
        if most < 1:
            raise ValueError(_("nobody could say anything"))
        return rate

    @property
    def listen(self) -> str:
        """The address to listen on."""
        return "0.0.0.0" if self.lan else self.host  # noqa: S104  (that is what --lan means)

    @property
    def tls(self) -> bool:
        """Whether the server itself speaks HTTPS."""
        return self.tls_cert is not None and self.tls_key is not None

    @property
    def reachable(self) -> bool:
        """Whether other machines can reach the server."""
        return self.behind_proxy or not is_loopback(self.listen)

    @property
    def who_may_register(self) -> Registration:
        """The registration in force: open on this machine and on its network, else by invite."""
        if self.registration is not None:
            return self.registration
        return Registration.OPEN if self.lan or not self.reachable else Registration.INVITE

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the chat."""
        host = self.listen
        if host in {"0.0.0.0", "::"}:  # noqa: S104
            host = "127.0.0.1"
        return f"{'https' if self.tls else 'http'}://{bracketed(host)}:{self.port}"


def load(**options: Any) -> Settings:
    """Return the settings from `options` (None means not given) and the environment.

    Raises `ValueError` with one sentence that names the broken or unknown value.
    """
    unknown = sorted(
        name
        for name in os.environ
        if name.upper().startswith("CHAT_")
        and name.upper().removeprefix("CHAT_").lower() not in Settings.model_fields
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
            _("{name} is {value!r}, which will not do: {reason}.").format(
                name=spelled, value=first["input"], reason=reason
            )
        ) from error
    return settings


NOT_SETTINGS = {"CHAT_REQUIRE_BROWSER"}
"""Variables with our prefix that only the tests read."""


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bracketed(host: str) -> str:
    """Return `host` as it stands in a URL (RFC 3986 §3.2.2 puts IPv6 in brackets)."""
    return f"[{host}]" if ":" in host else host
