"""What is being done just now, for whoever waits: on stderr, so that stdout is the result."""

import sys


def report(what: str) -> None:
    """Tell what begins."""
    print(f"· {what}", file=sys.stderr, flush=True)
