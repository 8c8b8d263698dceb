"""Full-text search with PostgreSQL, without any extension."""
