"""Pictures as they come in: their size, and what stays of their files."""
