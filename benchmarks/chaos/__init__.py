"""What goes wrong in a chat's life, done on purpose: `python -m benchmarks.chaos`.

Each scenario is a module with `run(folder, …)`, which does its harm to a real server, and then
has `oracle` compare what every client was told with what the database holds.
"""
