"""Keys for encryption between apps, and what their devices send each other: opaque to the chat."""
