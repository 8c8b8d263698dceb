"""Sessions in browsers, apps and bots: their tokens, and what they may do."""
