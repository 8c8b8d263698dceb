"""Pushing events to open pages and receiving theirs: subscriptions, presence, receipts, typing."""
