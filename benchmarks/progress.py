"""Progress on stderr; stdout is for the result."""

import sys


def report(what: str) -> None:
    """Print what starts now."""
    print(f"· {what}", file=sys.stderr, flush=True)
