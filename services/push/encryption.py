"""Encrypts push messages (RFC 8291), and proves to push services that they are ours (RFC 8292).

pywebpush would do both, but needs http_ece, which PyPI has as source only: hosts would have to
build it. The tests decrypt with http_ece, and verify with py_vapid.
"""

import hashlib
import hmac
import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:  # it takes a while to load: not at every start
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

RECORD_SIZE = 4096
"""Bytes: what is encrypted is a single record (RFC 8188 §2)."""
MAX_BYTES = 3072
"""The longest message; push services take at least 4096 bytes, encrypted (RFC 8030 §7.2)."""
POINT_BYTES, SECRET_BYTES = 65, 16
"""Length of a public key, uncompressed, and of the secret `auth`."""
VALID_SECONDS = 12 * 3600
"""How long a token is good; a day at the most (RFC 8292 §2)."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (NIST SP 800-186 §3.2.1.3)."""


def encrypt(
    message: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    salt: bytes = b"",
    own: "EllipticCurvePrivateKey | None" = None,
) -> bytes:
    """Return a message as only the browser with these keys can read it (RFC 8291 §3.4).

    `salt` and `own` are random unless they are given. Raises `ValueError` for a key that is none.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(message) > MAX_BYTES:
        raise ValueError(f"a message of {len(message)} bytes")
    theirs = public_key(p256dh)
    own = own or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(SECRET_BYTES)
    point = _point(own)
    secret = _derive(own.exchange(ec.ECDH(), theirs), auth, b"WebPush: info\0" + p256dh + point, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, message + b"\x02", None)
    return salt + struct.pack("!LB", RECORD_SIZE, len(point)) + point + sealed


def public_key(p256dh: bytes) -> "EllipticCurvePublicKey":
    """Return the public key of a browser. Raises `ValueError` if it is not a point of P-256."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)


def own_public_key(device_key: bytes) -> str:
    """Return the public key of the chat, by which browsers know whose messages are allowed."""
    return encode(_point(_own_key(device_key)))


def authorization(device_key: bytes, endpoint: str, contact: str, moment: float) -> str:
    """Return the header that tells a push service who sends (RFC 8292 §3).

    `contact` is a URL, `moment` the time in seconds.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(moment) + VALID_SECONDS,
        "sub": contact,
    }
    header = {"typ": "JWT", "alg": "ES256"}
    signed = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    found = _own_key(device_key).sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(found)
    signature = encode(r.to_bytes(32) + s.to_bytes(32))
    return f"vapid t={signed}.{signature}, k={own_public_key(device_key)}"


def topic(device_key: bytes, subscription_id: int, room_id: int) -> str:
    """Return a name for a room that tells the push service nothing (RFC 8030 §5.4)."""
    told = f"topic {subscription_id} {room_id}".encode()
    return encode(hmac.digest(device_key, told, hashlib.sha256)[:24])


def encode(data: bytes) -> str:
    """Return Base64 for URLs, without padding (RFC 4648 §5)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return what `encode` encoded. Raises `ValueError` for anything else."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@cache
def _own_key(device_key: bytes) -> "EllipticCurvePrivateKey":
    """Return the private key of the chat, derived from the secret in its data folder.

    64 bits more than it needs make it even (FIPS 186-5 §A.2.1).
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    drawn = hmac.digest(device_key, b"the key for push messages", "sha512")[:40]
    return ec.derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, ec.SECP256R1())


def _point(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Return a key of up to 32 bytes (HKDF with SHA-256 in one round, RFC 5869 §2)."""
    extracted = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)[:length]
