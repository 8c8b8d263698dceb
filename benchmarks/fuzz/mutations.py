"""Random changes of bytes, and of the values of JSON."""

import json
from random import Random
from typing import Any

TOKENS = (
    b"\0",
    b"\r\n",
    b"\r\n\r\n",
    b"\n ",
    b"\r\n\tfolded",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
    b"%00",
    b"%ff%fe",
    b"%",
    b"%u0041",
    b"../" * 20,
    b"..%2f",
    b"\\",
    b'"',
    b"'",
    b";",
    b"&",
    b"=",
    b": ",
    b"--",
    b"<script>alert(1)</script>",
    b"${7*7}",
    b"-1",
    b"0",
    b"0x10",
    b"9" * 30,
    b"18446744073709551616",
    b"1e999",
    b"NaN",
    b"[" * 500,
    b"{" * 50,
    b"A" * 1_000,
    b"\xd9\xa3",  # a digit that is not ASCII
    b"\xc2\xb2",  # a digit that is no decimal
    b"\xe2\x80\xae",  # turns the direction of text
)
TEXTS = (
    "",
    " ",
    "\0",
    "\ud800",
    "😀" * 50,
    "x" * 5_000,
    "\n" * 500,
    "\u202eabc",
    "e" + "\u0301" * 500,
    "٣",
    "²",
    "1",
    "-1",
    "9" * 40,
    "1e999",
    "nan",
    "null",
    "true",
    "__proto__",
    "__class__",
    "<img src=x onerror=alert(1)>",
    "`" * 300,
    "[" * 300,
    "> " * 300,
    "*a_ " * 200,
    "$\\frac{" * 60,
    "@everyone",
    "@" * 200,
    "https://" + "a." * 200,
    "../../../etc/passwd",
    "/rooms/1",
    "//evil.example",
    "\\\\evil.example",
    "http://[::1",
    "%00",
    "{0.__class__}",
    "%s%n",
    "' OR 1=1 --",
    'a" OR NEAR("b c", 5)',
    "AND OR NOT *",
)
NUMBERS: tuple[Any, ...] = (
    *(0, 1, -1, 2, 7, 255, 2**31, 2**53 - 1, 2**53, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400),
    *(0.5, -0.0, 1e308, float("nan"), float("inf"), float("-inf")),
)


def mutate(random: Random, data: bytes, *, most: int = 3) -> bytes:
    """Change bytes at one to `most` places: replaced, removed, repeated, inserted, cut or moved."""
    changed = bytearray(data)
    for _ in range(random.randint(1, most)):
        at = random.randint(0, len(changed))
        end = min(len(changed), at + random.choice((1, 1, 2, 4, 16, 64)))
        match random.randrange(8):
            case 0:
                changed[at:end] = bytes([random.randrange(256)])
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = changed[at:end] * random.choice((1, 2, 20))
            case 3 | 4:
                changed[at:at] = random.choice(TOKENS)
            case 5:
                changed[at:end] = random.choice(TOKENS)
            case 6 if at < len(changed):
                changed[at] ^= 1 << random.randrange(8)
            case 7 if random.random() < 0.3:
                del changed[at:]
    return bytes(changed)


def mutate_lines(random: Random, lines: list[bytes]) -> list[bytes]:
    """Change a list of lines: one is removed, repeated, moved or changed."""
    changed = list(lines)
    for _ in range(random.randint(1, 2)):
        if not changed:
            break
        at = random.randrange(len(changed))
        match random.randrange(5):
            case 0:
                del changed[at]
            case 1:
                changed.insert(random.randint(0, len(changed)), changed[at])
            case 2:
                changed.insert(random.randint(0, len(changed)), changed.pop(at))
            case _:
                changed[at] = mutate(random, changed[at], most=2)
    return changed


def value(random: Random, depth: int = 0) -> Any:
    """Return any value of JSON, or one that Python takes for it."""
    match random.randrange(10):
        case 0:
            return random.choice((None, True, False))
        case 1 | 2 | 3:
            return random.choice(NUMBERS)
        case 4 | 5 | 6:
            return random.choice(TEXTS)
        case 7 if depth < 3:
            return [value(random, depth + 1) for _ in range(random.choice((0, 1, 3, 60)))]
        case 8 if depth < 3:
            names = random.sample(TEXTS, random.choice((0, 1, 3)))
            return {name: value(random, depth + 1) for name in names}
        case _:
            return deep(random)


def deep(random: Random) -> Any:
    """Return a deep list or dictionary."""
    found: Any = 1
    for _ in range(random.choice((2, 20, 300))):
        found = [found] if random.random() < 0.5 else {"a": found}
    return found


def mutate_fields(random: Random, fields: dict[str, Any]) -> dict[str, Any]:
    """Change one or two fields: another value, none, or one more that is not known."""
    changed = dict(fields)
    for _ in range(random.randint(1, 2)):
        name = random.choice([*changed, "unknown"])
        if random.random() < 0.15:
            changed.pop(name, None)
        else:
            changed[name] = value(random)
    return changed


def to_json(found: Any) -> str:
    """Return a value as JSON, with NaN and lone surrogates as Python reads them."""
    return json.dumps(found)
