"""`python -m benchmarks`: all figures in one table, each beside a peer measured in the same run.

It listens on this machine only and stores everything in a temporary folder. Other work on the
machine makes the figures less precise; ratios suffer less than seconds do.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import document, parts, plots
from benchmarks.figures import Figure, table
from benchmarks.progress import report
from benchmarks.servers import PROJECT

PAGE = PROJECT / "docs" / "performance.md"


def main(
    people: Annotated[int, typer.Option(min=2, help="People in the full room")] = 300,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds that they send messages")] = 15,
    messages: Annotated[int, typer.Option(min=1000, help="Messages in the big room")] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1, help="Times each figure is measured")] = 3,
    only: Annotated[
        list[str] | None, typer.Option(help=f"One of: {', '.join(parts.PARTS)}")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
    plot: Annotated[
        bool, typer.Option("--plot", help="Write the table and the pictures of docs/performance.md")
    ] = False,
) -> None:
    """Measure what the chat costs its server, compared with peers."""
    chosen = only or list(parts.PARTS)
    if unknown := set(chosen) - set(parts.PARTS):
        raise typer.BadParameter(f"there is no {', '.join(unknown)}", param_hint="--only")
    size = parts.Size(people, seconds, messages, rounds)
    figures, failed = asyncio.run(_measure(chosen, size))
    print(json.dumps([each.as_json() for each in figures], indent=2) if as_json else table(figures))
    if plot:
        document.write(PAGE, figures, how=" ".join(["python -m benchmarks", *sys.argv[1:]]))
        plots.draw(figures, PAGE.parent / "pictures" / "performance")
    if failed:
        raise SystemExit(f"not measured: {', '.join(failed)}")


async def _measure(chosen: list[str], size: parts.Size) -> tuple[list[Figure], list[str]]:
    """Return the figures, and the parts that could not be measured."""
    figures: list[Figure] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="simple-chat-benchmark-") as name:
        for part in chosen:
            report(part)
            try:
                figures += await parts.PARTS[part](Path(name) / part, size)
            except Exception as error:  # keep half an hour of other figures
                report(f"{part} failed: {error!r}")
                failed.append(part)
    return figures, failed


if __name__ == "__main__":
    typer.run(main)
