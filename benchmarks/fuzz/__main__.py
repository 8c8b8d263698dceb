"""`python -m benchmarks.fuzz`: sends changed requests and frames to a chat on this machine."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.fuzz.run import run


def main(
    address: str,
    cases: Annotated[int, typer.Option(help="How many to send")] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same requests")] = 0,
    first: Annotated[int, typer.Option(help="The number of the first, to send one again")] = 0,
    log: Annotated[Path | None, typer.Option(help="The log of the server, to read it")] = None,
) -> None:
    """Send them, and print what came back and what was wrong."""
    report = asyncio.run(run(address, cases, seed=seed, first=first, log=log))
    print(report)
    raise typer.Exit(bool(report.problems))


typer.run(main)
