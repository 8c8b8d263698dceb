"""Pushing to open pages what the services report: messages, rooms, people, sessions."""
