"""Addresses as hosts and browsers write them, and what this server connects to."""
