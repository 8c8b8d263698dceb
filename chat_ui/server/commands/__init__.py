"""The command line: `python main.py`, and what it does beside serving."""
