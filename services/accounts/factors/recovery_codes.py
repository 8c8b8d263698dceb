"""Recovery codes: each replaces the second factor once, for people who have lost their phone.

A code is four groups of four characters. The first is its number, by which the code is found; the
others have 60 random bits and are stored as an argon2id hash, as OWASP ASVS 5.0, 6.5.2 asks for
secrets of less than 112 bits. So one hash is computed for an attempt, however many codes there are.
"""

import asyncio
import secrets

from msgspec import Struct
from sqlmodel import Session, col, delete, func, select

from models import RecoveryCode
from models.clock import now
from services.core import app_context
from services.core.limits import password_turns
from services.db import database

COUNT = 10
"""Codes that a user gets at a time."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 of them, without those that look alike: I and 1, O and 0."""
_GROUP = 4
_LENGTH = 4 * _GROUP


class NewCodes(Struct, frozen=True):
    """Codes that were made, and not stored yet."""

    texts: tuple[str, ...]
    """As their user gets to see them, once."""
    rows: tuple[tuple[str, str], ...]
    """Their numbers and hashes."""


async def generate(user_id: int) -> NewCodes:
    """Make new codes for a user; `store` stores them."""
    numbers: set[str] = set()
    while len(numbers) < COUNT:
        numbers.add(_random(_GROUP))
    codes = {number: _random(_LENGTH - _GROUP) for number in sorted(numbers)}
    passwords = app_context.current().passwords
    by = password_turns.known(user_id)
    hashes = await asyncio.gather(*(passwords.hash(by, each) for each in codes.values()))
    texts = tuple(_grouped(number + secret) for number, secret in codes.items())
    return NewCodes(texts, tuple(zip(codes, hashes, strict=True)))


def store(session: Session, user_id: int, new: NewCodes) -> None:
    """Store codes within a write, in place of all that the user had."""
    remove_all(session, user_id)
    session.add_all(
        RecoveryCode(user_id=user_id, number=number, code_hash=code_hash)
        for number, code_hash in new.rows
    )


def remove_all(session: Session, user_id: int) -> None:
    """Remove the codes of a user within a write."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))


def count(session: Session, user_id: int) -> int:
    """Return how many codes a user has left."""
    return session.exec(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None))
    ).one()


async def find(user_id: int, code: str) -> int | None:
    """Return the id of the user's code that this is, or None if it is none of theirs.

    `use` then uses it: by then, it may be used already.
    """
    typed = _normalised(code)
    number, secret = typed[:_GROUP], typed[_GROUP:]
    row = await database.read(
        lambda session: session.exec(
            select(RecoveryCode.id, RecoveryCode.code_hash).where(
                RecoveryCode.user_id == user_id, RecoveryCode.number == number
            )
        ).first()
    )
    is_right, _new_hash = await app_context.current().passwords.verify(
        password_turns.known(user_id), secret, row[1] if row else None
    )
    return row[0] if is_right and row else None


def use(session: Session, code_id: int) -> bool:
    """Use a code within a write; return False if it was used before, or is no more."""
    code = session.get(RecoveryCode, code_id)
    if code is None or code.used_at is not None:
        return False
    code.used_at = now()
    session.add(code)
    return True


def looks_like_one(code: str) -> bool:
    """Return whether this has the form of a code, which no code of an app has."""
    return len(code) < 100 and len(_normalised(code)) == _LENGTH


def _normalised(code: str) -> str:
    letters = "".join(character for character in code.upper() if character.isalnum())
    return letters if set(letters) <= set(_LETTERS) else ""


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _each in range(length))


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
