"""Cross-signing for matrix-nio, which has none: keys that sign the devices of a person."""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Ask = Callable[[str, str, Any], Awaitable[dict[str, Any]]]
"""Requests something below `/_matrix/client/v3`: method, address, body."""
USAGES = ("master", "self_signing", "user_signing")


class CrossSigning:
    """The three keys of a person."""

    def __init__(self, user: str, seeds: str = "") -> None:
        """`seeds` is what another device of the person got by `seeds`."""
        self.user = user
        known = json.loads(seeds) if seeds else {}
        self.keys = {
            usage: Ed25519PrivateKey.from_private_bytes(base64.b64decode(known[usage]))
            if known
            else Ed25519PrivateKey.generate()
            for usage in USAGES
        }

    @property
    def seeds(self) -> str:
        """What another device of the person needs."""
        return json.dumps(
            {
                usage: base64.b64encode(key.private_bytes_raw()).decode()
                for usage, key in self.keys.items()
            }
        )

    @property
    def public(self) -> dict[str, Any]:
        """What others may know."""
        body: dict[str, Any] = {}
        for usage in USAGES:
            name = self._name(usage)
            made = {"user_id": self.user, "usage": [usage], "keys": {f"ed25519:{name}": name}}
            body[f"{usage}_key"] = made if usage == "master" else self._signed(made, "master")
        return body

    async def upload(self, ask: Ask, password: str) -> None:
        """Make the keys known. The server asks for the password first."""
        body = self.public
        answer = await ask("POST", "/keys/device_signing/upload", body)
        if "flows" in answer:
            who = {"type": "m.id.user", "user": self.user}
            proof = {"type": "m.login.password", "identifier": who, "password": password}
            body["auth"] = proof | {"session": answer["session"]}
            answer = await ask("POST", "/keys/device_signing/upload", body)
        assert answer == {}, answer

    async def sign(self, ask: Ask, device: str) -> None:
        """Sign a device of the person."""
        asked = {"device_keys": {self.user: [device]}}
        found = await ask("POST", "/keys/query", asked)
        keys = found["device_keys"][self.user][device]
        keys.pop("unsigned", None)
        signed = self._signed(keys, "self_signing")
        answer = await ask("POST", "/keys/signatures/upload", {self.user: {device: signed}})
        assert not answer.get("failures"), answer

    def _name(self, usage: str) -> str:
        return _text(self.keys[usage].public_key().public_bytes_raw())

    def _signed(self, made: dict[str, Any], usage: str) -> dict[str, Any]:
        said = {key: value for key, value in made.items() if key != "signatures"}
        plain = json.dumps(said, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        signature = _text(self.keys[usage].sign(plain.encode()))
        others = made.get("signatures", {}).get(self.user, {})
        mine = {f"ed25519:{self._name(usage)}": signature}
        return said | {"signatures": {self.user: others | mine}}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")
