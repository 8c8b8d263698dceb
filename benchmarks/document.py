"""Write the table of a run into `docs/performance.md`, between its two marks."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.figures import HEAD, Figure

_TABLE = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def write(page: Path, figures: Sequence[Figure], how: str) -> None:
    """Replace the figures on the page; `how` is the command that measured them."""
    text = page.read_text(encoding="utf-8")
    table = f"\n{date.today():%d %B %Y}, `{how}`:\n\n{markdown(figures)}\n\n"
    page.write_text(_TABLE.sub(lambda found: found[1] + table + found[2], text), encoding="utf-8")


def markdown(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [HEAD, ("---",) * len(HEAD)]
    for each in figures:
        row = each.row()
        more = row[0].startswith(" ")
        rows.append((f"{'… ' * more}{row[0].strip()}", *row[1:]))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows).replace("<=", "≤").replace(">=", "≥")
