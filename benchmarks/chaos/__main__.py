"""`python -m benchmarks.chaos`: one line of facts for each scenario, and 1 when one fails."""

import asyncio
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

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


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"One of: {', '.join(SCENARIOS)}")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How many times the server is killed")] = 50,
) -> None:
    """Harm a server, and check that everything that clients were told is true."""
    names = only or list(SCENARIOS)
    if unknown := set(names) - set(SCENARIOS):
        raise typer.BadParameter(f"there is no {', '.join(unknown)}", param_hint="--only")
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
    typer.run(main)
