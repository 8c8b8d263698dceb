"""`python -m benchmarks`: every figure in one table, each beside a peer of the same run.

It takes about twelve minutes, listens on this machine only, and keeps what it stores in a
temporary folder. A machine that does something else meanwhile makes the figures rougher;
ratios suffer less than seconds do.
"""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import deliveries, memory, openings, receipts, searches, sends, uploads
from benchmarks.figures import Figure, table
from benchmarks.progress import say

PARTS = ("deliveries", "openings", "memory", "receipts", "sends", "searches", "uploads")


def main(
    people: Annotated[int, typer.Option(min=2, help="People in the full room")] = 300,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds that they talk")] = 15,
    messages: Annotated[int, typer.Option(min=1000, help="Messages in the big room")] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1, help="Times each figure is measured")] = 3,
    only: Annotated[list[str] | None, typer.Option(help=f"One of: {', '.join(PARTS)}")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """Measure what the chat costs its server, beside peers that do less."""
    parts = only or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        raise typer.BadParameter(f"there is no {', '.join(unknown)}", param_hint="--only")
    figures = asyncio.run(_measure(parts, people, seconds, messages, rounds))
    print(json.dumps([each.as_json() for each in figures], indent=2) if as_json else table(figures))


async def _measure(
    parts: list[str], people: int, seconds: float, messages: int, rounds: int
) -> list[Figure]:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="simple-chat-benchmark-") as name:
        for part in parts:
            say(part)
            folder = Path(name) / part
            if part == "deliveries":
                figures += await deliveries.measure(
                    folder, people=people, seconds=seconds, rounds=rounds
                )
            elif part == "openings":
                figures += await openings.measure(folder, messages=messages, rounds=rounds)
            elif part == "memory":
                figures += await memory.measure(folder, rounds=rounds)
            elif part == "searches":
                figures += await searches.measure(folder, messages=messages)
            elif part == "uploads":
                figures += await uploads.measure(folder, rounds=rounds)
            elif part == "receipts":
                figures += await receipts.measure(folder, people=people, rounds=rounds)
            else:
                figures += await sends.measure(folder, rounds=rounds)
    return figures


if __name__ == "__main__":
    typer.run(main)
