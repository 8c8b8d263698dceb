"""Emoji: which there are, how they are grouped, and by which words they are found."""
