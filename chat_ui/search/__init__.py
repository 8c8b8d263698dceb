"""The search page and the quick switcher."""
