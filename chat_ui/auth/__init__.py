"""Logging in, registering and resetting a password: pages, form posts and cookies."""
