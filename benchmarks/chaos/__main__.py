"""`python -m benchmarks.chaos`: one line of facts for each scenario, and 1 when one fails."""

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

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
from benchmarks.chaos.cluster.scenarios import SCENARIOS as CLUSTER
from benchmarks.chaos.cluster.scenarios import Run
from benchmarks.chaos.oracle import MissingTool
from benchmarks.progress import report

SCENARIOS: dict[str, Run] = {
    "kill": kill.run,
    "power": power.run,
    "flaky-network": flaky_network.run,
    "slow-reader": slow_reader.run,
    "reconnects": reconnects.run,
    "full-disk": full_disk.run,
    "locked": locked.run,
    "clock": clock.run,
    "stops": stops.run,
}


@click.command()
@click.option(
    "--cluster", is_flag=True, help="Harm one of several processes, PostgreSQL and Redis instead"
)
@click.option(
    "--only", type=click.Choice([*SCENARIOS, *CLUSTER]), multiple=True, help="One, or several"
)
@click.option(
    "--rounds", type=click.IntRange(1), default=50, help="How many times a process is killed"
)
@click.option(
    "--times", type=click.IntRange(1), default=10, help="How often Redis and PostgreSQL are away"
)
@click.option(
    "--seconds", type=click.FloatRange(1), default=60, help="For how long Redis is away each time"
)
def main(*, cluster: bool, only: tuple[str, ...], rounds: int, times: int, seconds: float) -> None:
    """Harm a server, and check that everything that clients were told is true."""
    scenarios = {**SCENARIOS, **CLUSTER}
    options: dict[str, dict[str, float]] = {
        "kill": {"rounds": rounds},
        "one-killed": {"rounds": rounds},
        "redis-away": {"times": times, "seconds": seconds},
        "postgres-restarted": {"times": times},
    }
    names = only or (CLUSTER if cluster else SCENARIOS)
    succeeded = [_run(name, scenarios[name], options.get(name, {})) for name in names]
    sys.exit(not all(succeeded))


def _run(name: str, scenario: Run, options: Mapping[str, float]) -> bool:
    """Run a scenario and print its result; return whether it succeeded."""
    report(name)
    with tempfile.TemporaryDirectory(prefix="simple-chat-chaos-") as folder:
        try:
            facts = asyncio.run(scenario(Path(folder) / "data", **options))
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
