"""Accounts, sessions, passwords, preferences and blocks."""
