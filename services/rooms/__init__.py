"""Rooms, memberships, presence, read positions and unread counts."""
