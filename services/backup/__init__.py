"""Backups: nightly snapshots, archives and restore."""
