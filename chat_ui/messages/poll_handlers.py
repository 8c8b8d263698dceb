"""What people do with polls."""

from secrets import token_urlsafe
from typing import Any

from chat_ui.handlers import Handlers, handler
from chat_ui.messages import poll
from chat_ui.realtime import client_events, protocol, push
from services.messages import polls


class PollHandlers(Handlers):
    """What people do with polls."""

    @handler
    async def on_new_poll(self, room_id: int) -> None:
        """Open the box in which one asks."""
        number = token_urlsafe(12)  # made here, so that pressing twice asks once

        async def on_send(event: Any) -> None:
            await self.on_send_poll(room_id, number, event)

        self.open_dialog(lambda: poll.show_new(on_send))

    @handler
    async def on_send_poll(self, room_id: int, number: str, event: Any) -> None:
        """Ask."""
        filled = client_events.FormData.read(event.args)
        lines = filled.get("options")
        options = (
            [line for line in lines.splitlines() if line.strip()] if isinstance(lines, str) else []
        )
        await polls.send(
            self.viewer,
            room_id,
            filled.get("question"),
            options,
            number,
            is_multiple=filled.get("multiple") == "on",
            is_anonymous=filled.get("anonymous") == "on",
            minutes=client_events.to_int(filled.get("minutes")) or None,
        )
        self.close_dialog()

    @handler
    async def on_vote(self, event: Any) -> None:
        """Choose answers of a poll, or none any more."""
        chosen = client_events.Vote.read(event.args)
        if chosen.numbers:
            await polls.vote(self.viewer, chosen.room, chosen.seq, chosen.numbers)
        else:
            await polls.withdraw(self.viewer, chosen.room, chosen.seq)
        if chosen.anonymous:
            await self._show_mine(chosen.room, [chosen.seq])

    @handler
    async def on_own_votes(self, event: Any) -> None:
        """The page shows anonymous polls, and asks what one chose in them oneself."""
        asked = client_events.OwnVotes.read(event.args)
        await self._show_mine(asked.room, asked.seqs)

    async def on_votes_message(self, room_id: int, seq: int) -> None:
        """Show who chose what."""
        found = await polls.who(self.viewer, room_id, seq)
        self.open_dialog(lambda: poll.show_voters(found))

    async def on_close_poll_message(self, room_id: int, seq: int) -> None:
        """Let nobody vote from now on."""
        await polls.close(self.viewer, room_id, seq)

    async def _show_mine(self, room_id: int, seqs: list[int]) -> None:
        mine = await polls.mine(self.viewer, room_id, seqs)
        votes = {str(seq): mine.get(seq, []) for seq in seqs}
        await push.to_person(self.viewer.user_id, protocol.OwnVotes(room_id, votes))
