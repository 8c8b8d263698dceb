import asyncio
import inspect
import os
import re
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn import feedback

from services.accounts.passwords.passwords import MAX_LENGTH, REASONS, Passwords, check_password
from services.core import i18n
from services.core.errors import RateLimited, ServiceError
from services.core.limits import password_turns

CHEAP = {"memory_kib": 8, "time_cost": 1}
BY = password_turns.known(1)


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    passwords = Passwords(**CHEAP)
    yield passwords
    passwords.close()


@pytest.mark.parametrize(
    "password",
    [
        "correct-horse-7",
        "correct horse battery",
        "correct horse battery staple",
        "Tr0ub4dor&3x",
        "s3cret-pass-asha",
        "  spaces at both ends  ",
        "मेरा गुप्त शब्द",
        "nul\x00and\ud800surrogate",
        "x7#" + "long tail " * 25,
    ],
)
def test_good_passwords_stay_as_they_were_typed(password: str) -> None:
    assert check_password(password, "asha", "Asha Rao") == password


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "must be text"),
        (["correct horse"], "must be text"),
        ("", "too short. Use 8 characters or more"),
        ("x7#qQ1z", "too short. Use 8 characters or more"),
        ("x7#q" * 65, "too long. Use 256 characters or fewer"),
        ("\u0301" * 5_000_000, "too long"),
        ("password1", "very common"),
        ("12345678", "top-10"),
        ("qwertyuiop", "top-100"),
        ("asha1234", "your name"),
        ("simplechat", "the name of this chat"),
        ("aaaaaaaaaaaaaaaa", 'Repeats like "aaa"'),
    ],
)
def test_other_passwords_are_refused_with_the_reason(value: object, reason: str) -> None:
    with pytest.raises(ServiceError, match=reason):
        check_password(value, "asha", "Asha Rao")


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=80))
@settings(deadline=None)
def test_any_text_is_checked_without_a_crash(password: str) -> None:
    with suppress(ServiceError):
        assert 8 <= len(check_password(password, password[:9], password[:40])) <= MAX_LENGTH


def test_every_reason_of_zxcvbn_can_be_translated() -> None:
    source = re.sub(r"' \\\s*'", "", inspect.getsource(feedback))
    given_reasons = re.findall(r"""warning = _\((['"])(.*?)\1\)""", source)
    given_reasons += re.findall(r"""'warning': _\((['"])(.*?)\1\)""", source)
    assert {reason for _, reason in given_reasons} == REASONS


async def test_right_and_wrong_passwords(passwords: Passwords) -> None:
    hashed = await passwords.hash(BY, "correct horse 7")
    assert hashed.startswith("$argon2id$")
    assert hashed != await passwords.hash(BY, "correct horse 7")
    assert await passwords.verify(BY, "correct horse 7", hashed) == (True, None)
    for wrong in ["correct horse 8", "", "correct horse 7 ", None, {}, "x" * 100_000]:
        assert await passwords.verify(BY, wrong, hashed) == (False, None)


async def test_an_unknown_user_has_no_right_password(passwords: Passwords) -> None:
    for guess in ["", "too many secrets", "correct horse 7"]:
        assert await passwords.verify(BY, guess, None) == (False, None)


async def test_every_character_counts_even_nul_and_lone_surrogates(passwords: Passwords) -> None:
    for password, other in [("nul\x00one two", "nul\x00two one"), ("half \ud83d", "half \ud83e")]:
        hashed = await passwords.hash(BY, password)
        assert await passwords.verify(BY, password, hashed) == (True, None)
        assert await passwords.verify(BY, other, hashed) == (False, None)


async def test_equivalent_characters_of_another_keyboard_are_right(passwords: Passwords) -> None:
    """RFC 8265 §4.2: a no-break space equals a space, and é equals e with an accent."""
    hashed = await passwords.hash(BY, check_password("cafe\u0301\u00a0au lait 7", "asha"))
    assert await passwords.verify(BY, "caf\u00e9 au lait 7", hashed) == (True, None)


@pytest.mark.parametrize("costs", [{"memory_kib": 16}, {"time_cost": 2}])
async def test_a_hash_with_other_costs_is_replaced(costs: dict[str, int]) -> None:
    before, after = Passwords(**CHEAP), Passwords(**CHEAP | costs)
    hashed = await before.hash(BY, "correct horse 7")
    is_right, replaced = await after.verify(BY, "correct horse 7", hashed)
    assert is_right
    assert replaced is not None
    assert await after.verify(BY, "correct horse 7", replaced) == (True, None)
    assert await after.verify(BY, "wrong horse 7", hashed) == (False, None)
    before.close()
    after.close()


async def test_the_default_costs() -> None:
    passwords = Passwords()
    assert (await passwords.hash(BY, "correct horse 7")).startswith(
        "$argon2id$v=19$m=65536,t=3,p=1$"
    )
    passwords.close()


@pytest.mark.parametrize(("cores", "at_a_time"), [(None, 1), (1, 1), (2, 1), (3, 2), (64, 2)])
async def test_hashing_leaves_a_core_to_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, at_a_time: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    passwords = Passwords(**CHEAP, waiting=0)
    jobs = [passwords.hash(BY, "correct horse 7") for _ in range(4)]
    done = await asyncio.gather(*jobs, return_exceptions=True)
    assert sum(isinstance(result, str) for result in done) == at_a_time
    passwords.close()


async def test_jobs_beyond_the_queue_are_refused_and_the_rest_is_done() -> None:
    passwords = Passwords(**CHEAP, workers=1, waiting=3)
    jobs = [passwords.hash(BY, "correct horse 7") for _ in range(6)]
    done = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(result, RateLimited) for result in done] == [False] * 4 + [True] * 2
    assert await passwords.verify(
        BY, "correct horse 7", await passwords.hash(BY, "correct horse 7")
    )
    passwords.close()


async def test_jobs_run_in_their_own_threads(passwords: Passwords) -> None:
    await passwords.hash(BY, "correct horse 7")
    assert await passwords.checked(BY, "correct horse 7", "asha") == "correct horse 7"
    with pytest.raises(ServiceError, match="your name"):
        await passwords.checked(BY, "asha1234", "asha")
    assert any(thread.name.startswith("passwords") for thread in threading.enumerate())


async def test_errors_are_in_the_language_of_the_caller(
    passwords: Passwords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "eo.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "The password is too short. Use {shortest} characters or more."\n'
        'msgstr "Tro mallonga: {shortest} signoj."\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n, "CATALOGS", tmp_path)
    i18n.set_language("eo")
    with pytest.raises(ServiceError, match="Tro mallonga: 8 signoj"):
        await passwords.checked(BY, "short", "asha")
