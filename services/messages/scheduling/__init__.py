"""Messages that are sent later: keeping them, and sending them in time."""
