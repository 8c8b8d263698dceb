"""What is in the index for a message, and what is asked for: lexemes with their place in front.

Words are split and folded as SQLite's index has them: see `services.search.words`. Before each of
them stands in which room and in which part of it the message is. So a lookup reads the index where
that part is, whatever else is said elsewhere, and yields a bounded number of messages.
"""

from collections.abc import Sequence
from hashlib import sha256

from services.search.query import Query, Word
from services.search.words import words

SEGMENT_BITS = 12
"""How many bits of a `seq` differ within a segment: 4096 messages are looked up together."""
PLACE = "~"
"""Where the place goes in an expression. No word has such a character."""
MAX_BYTES = 1900
"""Of a word. PostgreSQL takes 2046, with the place: longer words end in a hash."""
MAX_POSITION = 16_383
MAX_POSITIONS = 256
"""What PostgreSQL keeps of a lexeme: where it is, and how often."""
CUT = ":cut"
"""The tag of a message of which not all positions are kept."""


def place(room_id: int, segment: int) -> str:
    """Return what all lexemes of a part of a room begin with."""
    return f"{room_id:x}.{segment:x}."


def vector(
    room_id: int, seq: int, author_id: int, text: str, file_name: str | None, *, has_link: bool
) -> str:
    """Return the `tsvector` of a message as PostgreSQL reads it.

    Tags begin with a colon, which no word does.
    """
    positions: dict[str, list[int]] = {}
    for position, word in enumerate(words(f"{text} {file_name or ''}"), 1):
        positions.setdefault(_whole(word), []).append(position)
    tags = [f":u{author_id}"]
    tags += [":link"] * has_link
    tags += [":file"] * (file_name is not None)
    kept = {word: _kept(at) for word, at in positions.items()}
    if any(len(kept[word]) < len(at) for word, at in positions.items()):
        tags.append(CUT)
    here = place(room_id, seq >> SEGMENT_BITS)
    found = [f"'{here}{tag}'" for tag in tags]
    found += [
        f"'{here}{word}'" + ":" * bool(at) + ",".join(map(str, at)) for word, at in kept.items()
    ]
    return " ".join(found)


def expression(query: Query, author_ids: Sequence[int]) -> str:
    """Return the `tsquery` for `query`, with `PLACE` before each lexeme.

    Nothing typed gets into it but letters and digits.
    """
    terms = [_phrase(each) for each in query.words]
    if query.authors:
        terms.append(f"({' | '.join(_lexeme(f':u{user_id}') for user_id in author_ids)})")
    if query.has_link:
        terms.append(_lexeme(":link"))
    if query.has_file:
        terms.append(_lexeme(":file"))
    return " & ".join(terms)


def _phrase(word: Word) -> str:
    *first, last = word.tokens
    lexemes = [_lexeme(_whole(each)) for each in first]
    lexemes.append(_lexeme(_beginning(last)) + ":*" if word.is_prefix else _lexeme(_whole(last)))
    if not first:
        return lexemes[0]
    # Where a text repeats a word so often that not all of its places are known, that it has all
    # of them is enough.
    return f"(({' <-> '.join(lexemes)}) | ({' & '.join([*lexemes, _lexeme(CUT)])}))"


def _lexeme(content: str) -> str:
    return f"'{PLACE}{content}'"


def _kept(positions: list[int]) -> list[int]:
    return [each for each in positions if each <= MAX_POSITION][:MAX_POSITIONS]


def _whole(word: str) -> str:
    raw = word.encode()
    return word if len(raw) <= MAX_BYTES else _beginning(word) + sha256(raw).hexdigest()


def _beginning(word: str) -> str:
    return word.encode()[:MAX_BYTES].decode(errors="ignore")
