"""The PostgreSQL database: connections, group commit, schema. Loaded only when it is set."""
