"""Mentions: parsing, storing, counting and the inbox."""
