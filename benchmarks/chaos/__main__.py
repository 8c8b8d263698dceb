"""`python -m benchmarks.chaos`: one line of facts for each scenario, and 1 when one fails."""

import asyncio
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from benchmarks.chaos import (
    clock,
    flaky_network,
    full_disk,
    kill,
    locked,
    power,
    reconnects,
    slow_reader,
    stops,
)
from benchmarks.chaos.oracle import MissingTool
from benchmarks.progress import report

SCENARIOS = {
    "kill": kill,
    "power": power,
    "flaky-network": flaky_network,
    "slow-reader": slow_reader,
    "reconnects": reconnects,
    "full-disk": full_disk,
    "locked": locked,
    "clock": clock,
    "stops": stops,
}


@click.command()
@click.option("--only", type=click.Choice([*SCENARIOS]), multiple=True, help="One, or several")
@click.option(
    "--rounds", type=click.IntRange(1), default=50, help="How many times the server is killed"
)
def main(only: tuple[str, ...], rounds: int) -> None:
    """Harm a server, and check that everything that clients were told is true."""
    names = only or SCENARIOS
    succeeded = [_run(name, rounds) for name in names]
    sys.exit(not all(succeeded))


def _run(name: str, rounds: int) -> bool:
    """Run a scenario and print its result; return whether it succeeded."""
    report(name)
    with tempfile.TemporaryDirectory(prefix="simple-chat-chaos-") as folder:
        data = Path(folder) / "data"
        work: Coroutine[Any, Any, list[str]] = (
            kill.run(data, rounds=rounds) if name == "kill" else SCENARIOS[name].run(data)
        )
        try:
            facts = asyncio.run(work)
        except MissingTool as missing:
            print(f"{name}: skipped, {missing}", flush=True)
        except Exception as found:  # the other scenarios still run
            print(f"{name}: FAILED, {found!r}", flush=True)
            return False
        else:
            print(f"{name}: {', '.join(facts)}", flush=True)
    return True


if __name__ == "__main__":
    main()
