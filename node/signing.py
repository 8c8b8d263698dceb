"""Signatures of JSON by Ed25519, as devices and their owners make them."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nio import Api


class SigningKey:
    """A key pair whose private half is a seed of 32 bytes."""

    def __init__(self, seed: bytes | None = None) -> None:
        """Without a `seed` it is a new one."""
        self._key = (
            Ed25519PrivateKey.from_private_bytes(seed) if seed else Ed25519PrivateKey.generate()
        )

    @property
    def seed(self) -> bytes:
        """The private half."""
        return self._key.private_bytes_raw()

    @property
    def public(self) -> str:
        """The public half, as Base64 without padding."""
        return encoded(self._key.public_key().public_bytes_raw())

    def sign(self, user_id: str, json: dict[str, Any]) -> dict[str, Any]:
        """Return the same JSON with a signature of this key, which is the user's."""
        signature = encoded(self._key.sign(canonical(json)))
        signatures = {who: dict(made) for who, made in json.get("signatures", {}).items()}
        signatures.setdefault(user_id, {})[f"ed25519:{self.public}"] = signature
        return {**json, "signatures": signatures}


def is_signed(json: Mapping[str, Any], user_id: str, key: str, key_id: str = "") -> bool:
    """Return whether JSON has a good signature of a public key; `key_id` if it is not the key."""
    try:
        signature = json["signatures"][user_id][f"ed25519:{key_id or key}"]
        public = Ed25519PublicKey.from_public_bytes(decoded(key))
        public.verify(decoded(signature), canonical(json))
    except (KeyError, TypeError, ValueError, InvalidSignature):
        return False
    return True


def canonical(json: Mapping[str, Any]) -> bytes:
    """Return what is signed of JSON."""
    signed = {name: part for name, part in json.items() if name not in {"signatures", "unsigned"}}
    return str(Api.to_canonical_json(signed)).encode()


def encoded(content: bytes) -> str:
    """Return bytes as Base64 without padding."""
    return base64.b64encode(content).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return the bytes of Base64 without padding. Raises `ValueError` if it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError("not Base64") from error
