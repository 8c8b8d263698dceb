"""Passwords: rules, hashing, logging in with them, and resetting them."""
