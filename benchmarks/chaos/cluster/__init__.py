"""Faults on purpose among several processes: `python -m benchmarks.chaos --cluster`.

Each scenario starts chat processes on a PostgreSQL server and a Redis of its own, and harms one of
the three.
"""
