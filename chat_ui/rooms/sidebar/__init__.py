"""The sidebar: the rooms and direct messages of the viewer, and what is unread."""
