"""Profiles, the account page, the user menu and presence."""
