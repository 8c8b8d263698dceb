"""Start one of the peers that are written in Python."""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    name, port, folder = sys.argv[1:]
    import_module(f"benchmarks.peers.{name}").serve(int(port), Path(folder))
