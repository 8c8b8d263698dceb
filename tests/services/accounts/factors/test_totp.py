"""Codes of authenticator apps."""

import base64
import time

import pytest
from sqlmodel import select

from models import TotpSecret
from services.accounts.factors import totp
from services.core import app_context
from services.db import database
from tests import postgres
from tests.conftest import People

RFC = base64.b32encode(b"12345678901234567890").decode()
"""The secret of the test vectors in RFC 6238, Appendix B."""
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


def at(monkeypatch: pytest.MonkeyPatch, moment: float) -> None:
    """Set the clock."""
    monkeypatch.setattr(time, "time", lambda: moment)


@pytest.mark.parametrize(("moment", "code"), VECTORS.items())
def test_codes_are_those_of_the_rfc(
    monkeypatch: pytest.MonkeyPatch, moment: int, code: str
) -> None:
    at(monkeypatch, moment)
    assert totp.step_of(RFC, code[-6:]) == moment // 30


def test_a_clock_may_be_wrong_by_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    for moment, is_right in (
        (1111111109, True),
        (1111111109 - 60, False),
        (1111111109 + 60, False),
    ):
        at(monkeypatch, moment)
        assert (totp.step_of(RFC, "081804") is not None) == is_right
    for moment in (1111111109 - 30, 1111111109 + 30):
        at(monkeypatch, moment)
        assert totp.step_of(RFC, "081804") == 1111111109 // 30


def test_what_is_no_code_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 1111111109)
    assert totp.step_of(RFC, " 081 804 ") is not None
    for wrong in ("", "81804", "0818040", "०८१८०४", "081804\x00", "8" * 10_000, "\ud800", "-81804"):
        assert totp.step_of(RFC, wrong) is None


def test_a_secret_has_160_random_bits() -> None:
    secrets = {totp.new_secret() for _each in range(100)}
    assert len(secrets) == 100
    assert all(totp.is_secret(each) and len(base64.b32decode(each)) == 20 for each in secrets)
    for wrong in ("", "A" * 31, "A" * 33, "a" * 32, "1" * 32):
        assert not totp.is_secret(wrong)


def test_apps_read_the_address(people: People) -> None:
    assert totp.address(RFC, "zoë b") == (
        f"otpauth://totp/Simple%20Chat:zo%C3%AB%20b?secret={RFC}&issuer=Simple%20Chat"
    )


async def test_a_code_works_once_and_none_before_it(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = people.ben.user_id
    await database.write(lambda session: totp.add(session, user, RFC, 0))

    async def use(code: str) -> bool:
        return await database.write(lambda session: totp.use(session, user, code))

    at(monkeypatch, 1111111111)
    assert await use("050471")
    assert not await use("050471")
    assert not await use("081804"), "the code of the step before is valid, but older"
    at(monkeypatch, 1234567890)
    assert await use("005924")
    assert not await use("050471")
    assert not await database.write(
        lambda session: totp.use(session, people.asha.user_id, "005924")
    )


@postgres.sqlite_only
async def test_the_database_alone_does_not_give_the_secret_away(people: People) -> None:
    user = people.ben.user_id
    await database.write(lambda session: totp.add(session, user, RFC, 0))
    [stored] = await database.read(lambda session: session.exec(select(TotpSecret)).all())
    key = app_context.current().device_key
    file = (app_context.current().settings.data / "chat.db").read_bytes()
    wal = app_context.current().settings.data / "chat.db-wal"
    everything = file + (wal.read_bytes() if wal.exists() else b"")
    assert stored.secret.encode() in everything
    assert RFC.encode() not in everything
    assert key not in everything


async def test_with_another_key_file_no_code_is_right(
    people: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    user = people.ben.user_id
    await database.write(lambda session: totp.add(session, user, RFC, 0))
    monkeypatch.setattr(totp, "_key", lambda: b"another" * 5)
    at(monkeypatch, 1111111109)
    assert not await database.write(lambda session: totp.use(session, user, "081804"))
    assert "device.key is another one" in caplog.text
