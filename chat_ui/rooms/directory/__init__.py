"""Rooms to find, join and create."""
