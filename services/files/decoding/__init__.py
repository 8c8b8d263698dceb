"""Decoding files, in a process of its own within a sandbox."""
