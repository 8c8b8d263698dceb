"""Move a chat from SQLite to PostgreSQL, and back."""
