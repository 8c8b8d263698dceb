"""`python -m benchmarks.fuzz`: sends changed requests and frames to a chat on this machine."""

import asyncio
import sys
from pathlib import Path

import click

from benchmarks.fuzz.run import run


@click.command()
@click.argument("address")
@click.option("--cases", default=1_000, help="How many to send")
@click.option("--seed", default=0, help="The same seed makes the same requests")
@click.option("--first", default=0, help="The number of the first, to send one again")
@click.option("--log", type=click.Path(path_type=Path), help="The log of the server, to read it")
def main(address: str, cases: int, seed: int, first: int, log: Path | None) -> None:
    """Send them, and print what came back and what was wrong."""
    report = asyncio.run(run(address, cases, seed=seed, first=first, log=log))
    print(report)
    sys.exit(bool(report.problems))


main()
