"""`python -m benchmarks`: all figures in one table, each beside a peer measured in the same run.

It listens on this machine only and stores everything in a temporary folder. Other work on the
machine makes the figures less precise; ratios suffer less than seconds do.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import click

from benchmarks import document, parts, plots
from benchmarks.figures import Figure, table
from benchmarks.progress import report
from benchmarks.servers import PROJECT

PAGE = PROJECT / "docs" / "performance.md"


@click.command()
@click.option("--people", type=click.IntRange(2), default=300, help="People in the full room")
@click.option(
    "--seconds", type=click.FloatRange(1), default=15, help="Seconds that they send messages"
)
@click.option(
    "--messages", type=click.IntRange(1000), default=1_000_000, help="Messages in the big room"
)
@click.option("--rounds", type=click.IntRange(1), default=3, help="Times each figure is measured")
@click.option("--only", type=click.Choice([*parts.PARTS]), multiple=True, help="A part, or several")
@click.option("--json", "as_json", is_flag=True, help="For machines")
@click.option(
    "--plot", is_flag=True, help="Write the table and the pictures of docs/performance.md"
)
def main(
    *,
    people: int,
    seconds: float,
    messages: int,
    rounds: int,
    only: tuple[str, ...],
    as_json: bool,
    plot: bool,
) -> None:
    """Measure what the chat costs its server, compared with peers."""
    chosen = list(only or parts.PARTS)
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
    main()
