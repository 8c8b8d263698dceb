"""The SQLite database: readers, the writer thread, migrations and checks."""
