"""Accounts, sessions, passwords, invites, preferences and blocks."""
