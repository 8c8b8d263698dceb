"""Letters that would grow over their neighbours: only so many marks are left on each."""

import unicodedata

MAX_MARKS = 8


def without_towers(text: str) -> str:
    """Keep the first eight marks on a letter, so that no letter grows over its neighbours.

    No script needs more: Tibetan stacks reach eight. Signs of emphasis do not count as
    letters, or marks could be piled up by putting `*` between them.
    """
    if text.isascii():
        return text
    marks = 0
    kept = []
    for letter in text:
        kind = unicodedata.category(letter)
        if kind in ("Mn", "Me"):
            marks += 1
            if marks > MAX_MARKS:
                continue
        elif kind != "Cf" and letter not in "*_~`":
            marks = 0
        kept.append(letter)
    return "".join(kept)
