"""How fast the chat is, as ratios to peers that are measured in the same run."""
