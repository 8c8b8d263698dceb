"""A class of twelve and a week of talk, to try the chat with: `python main.py demo`."""
