"""Notifications: on open pages and devices, the inbox of mentions, and their settings."""
