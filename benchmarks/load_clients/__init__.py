"""Rooms full of people: of ours, and of each peer's. A file for each protocol that they speak."""
