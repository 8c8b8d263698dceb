"""Messages: sending, editing, reactions, polls, pins and bookmarks."""
