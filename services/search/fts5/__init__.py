"""The full-text index of SQLite."""
