"""The members of a room, and invitations to it."""
