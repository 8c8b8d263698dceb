"""Who is in a room: joining, inviting, leaving, and each member's settings."""
