"""Messages outside the timeline, as cards: pinned, saved, scheduled, replies."""
