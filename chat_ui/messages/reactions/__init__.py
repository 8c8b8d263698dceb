"""Reactions: drawing them, adding and removing one."""
