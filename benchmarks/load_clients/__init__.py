"""Clients that fill a room of the chat and of each peer, one file for each protocol."""
