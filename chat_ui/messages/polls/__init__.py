"""Polls: drawing them, voting and closing."""
