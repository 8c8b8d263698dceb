"""What is recorded for safety: two logs, and notices to users."""
