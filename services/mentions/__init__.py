"""Mentions: parsing, resolving, storing and suggesting them."""
