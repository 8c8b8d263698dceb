"""Pages for administrators: users, storage, the audit log and backups."""
