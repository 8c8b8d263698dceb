"""What is sent can be read by the browser alone, and is known to be ours."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02, jwt

from services.push import encryption
from services.push.encryption import decode, encode
from tests.push_service import Device

DEVICE_KEY = b"k" * 32


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode(text)), ec.SECP256R1())


def test_the_example_of_the_standard() -> None:
    """RFC 8291, Appendix A."""
    sealed = encryption.encrypt(
        b"When I grow up, I want to be a watermelon",
        decode(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        decode("BTBZMqHH6r4Tts7J_aSIgg"),
        salt=decode("DGv6ra1nlYgDCS1FRnbzlw"),
        own=private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
    )
    assert encode(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6T"
        "lzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4"
        "a-fN"
    )


def test_a_browser_reads_what_was_sent() -> None:
    device = Device("https://push.example.org/x")
    message = '{"body":"ü'.encode() + b"x" * 3000 + b'"}'
    sealed = encryption.encrypt(message, device.point, device.secret)
    assert device.read(sealed)["body"].startswith("ü")
    assert len(sealed) <= encryption.RECORD_SIZE
    assert sealed != encryption.encrypt(message, device.point, device.secret)


def test_what_is_too_long_or_for_no_key_is_refused() -> None:
    device = Device("https://push.example.org/x")
    with pytest.raises(ValueError, match="3073 bytes"):
        encryption.encrypt(b"x" * 3073, device.point, device.secret)
    with pytest.raises(ValueError, match="EC key"):
        encryption.encrypt(b"x", b"\x04" + bytes(64), device.secret)


def test_a_push_service_knows_who_sends() -> None:
    endpoint = "https://push.example.org:8443/x?y"
    header = encryption.authorization(DEVICE_KEY, endpoint, "https://chat.example.org", 1000)
    kind, token, key = header.replace(",", "").split()
    public = key.removeprefix("k=")
    assert (kind, public) == ("vapid", encryption.own_public_key(DEVICE_KEY))
    claims = jwt.decode(token.removeprefix("t="), public)
    assert claims == {
        "aud": "https://push.example.org:8443",
        "exp": 1000 + 12 * 3600,
        "sub": "https://chat.example.org",
    }
    assert encryption.own_public_key(b"other" * 8) != public


def test_the_key_is_one_of_the_curve() -> None:
    Vapid02.from_raw_public(encryption.own_public_key(DEVICE_KEY).encode())
    assert len(decode(encryption.own_public_key(DEVICE_KEY))) == encryption.POINT_BYTES


def test_a_topic_tells_nothing_and_fits() -> None:
    topics = {encryption.topic(DEVICE_KEY, device, room) for device in (1, 2) for room in (1, 2)}
    assert len(topics) == 4
    assert {len(topic) for topic in topics} == {32}
