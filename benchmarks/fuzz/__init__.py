"""Sends a chat what no page of it sends: valid requests and frames, changed at random.

`python -m benchmarks.fuzz http://127.0.0.1:8080 --cases 1000` does so to one on this machine.
"""
