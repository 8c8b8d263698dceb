"""Faults on purpose: `python -m benchmarks.chaos`.

Each scenario is a module with `run(folder, …)`, which harms a real server; then `oracle` compares
what every client was told with what the database holds.
"""
