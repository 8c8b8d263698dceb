"""The composer: messages, replies and edits while they are written, and when they are sent."""
