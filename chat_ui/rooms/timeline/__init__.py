"""The timeline: messages in their order, the reader's place, and who is typing."""
