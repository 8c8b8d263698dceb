"""What hostile clients do to a running server, in bounded numbers."""
