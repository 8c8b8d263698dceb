"""Presence reaches every page that shows a user, whatever the other pages do."""

from types import SimpleNamespace

from chat_ui.realtime import presence as feed
from services.rooms import presence

SHOWN = 7


async def test_a_page_that_shows_nobody_any_more_keeps_no_other_from_being_told(
    monkeypatch,
) -> None:
    sent: list[str] = []

    async def send(client_id: str, _people: object) -> None:
        sent.append(client_id)
        if len(sent) == 1:  # now another page stops showing them
            feed.forget(next(each for each in feed._watched if each != client_id))

    async def of(_viewer: object, user_ids: frozenset[int]) -> dict[int, object]:
        return dict.fromkeys(user_ids)

    monkeypatch.setattr(feed, "COALESCE_SECONDS", 0)
    monkeypatch.setattr(feed.subscriptions, "page_of", lambda _client: SimpleNamespace(viewer=None))
    monkeypatch.setattr(feed, "_send", send)
    monkeypatch.setattr(presence, "of", of)
    for client_id in ("one", "two", "three"):
        feed._watched[client_id] = frozenset({SHOWN})
        feed._watchers[SHOWN].add(client_id)
    feed._changed.add(SHOWN)
    try:
        await feed._send_soon()
        assert len(sent) == 2
    finally:
        feed.stop()
