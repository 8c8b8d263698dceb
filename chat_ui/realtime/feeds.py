"""What pages are told of one another: who is here, who types, how far messages have come.

All of it is a hint that nobody stores, so all of it is gathered for a moment, and told only
to pages that show it.
"""

from chat_ui.realtime import presence, receipts, typing

FEEDS = (presence, receipts, typing)


def start() -> None:
    """Listen to what the services tell."""
    for feed in FEEDS:
        feed.start()


def stop() -> None:
    """Listen no more, and forget everything."""
    for feed in FEEDS:
        feed.stop()
