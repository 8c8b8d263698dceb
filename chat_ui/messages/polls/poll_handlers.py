"""What people do with polls."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from secrets import token_urlsafe
from typing import Any

from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.messages.polls import poll
from chat_ui.realtime import protocol, push, validation
from services.core.dto import MessageView
from services.core.errors import NotFound
from services.messages import polls


class PollHandlers(Handlers):
    """What people do with polls."""

    @on(protocol.AskNewPoll)
    async def on_new_poll(self, _event: protocol.AskNewPoll) -> None:
        """Open the dialog for a new poll."""
        room_id = self.page.room_id
        client_message_id = token_urlsafe(12)  # made here, so that pressing twice asks once

        async def on_send(event: Any) -> None:
            await self.on_send_poll(room_id, client_message_id, event)

        if room_id is not None:
            self.page.open_dialog(lambda: poll.show_new(room_id, on_send))

    @form_callback
    async def on_send_poll(
        self, room_id: int, client_message_id: str, fields: Mapping[str, Any]
    ) -> None:
        """Send a poll."""
        lines = fields.get("options")
        options = (
            [line for line in lines.split("\n") if line.strip()] if isinstance(lines, str) else []
        )
        await polls.send(
            self.page.viewer,
            room_id,
            fields.get("question"),
            options,
            client_message_id,
            is_multiple=fields.get("multiple") == "on",
            is_anonymous=fields.get("anonymous") == "on",
            minutes=validation.to_int(fields.get("minutes")) or None,
        )
        self.page.close_dialog()

    @on(protocol.Vote)
    async def on_vote(self, chosen: protocol.Vote) -> None:
        """Vote in a poll, or withdraw a vote."""
        if chosen.numbers:
            await polls.vote(self.page.viewer, chosen.room, chosen.seq, chosen.numbers)
        else:
            await polls.withdraw(self.page.viewer, chosen.room, chosen.seq)
        if chosen.anonymous:
            await self._send_own_votes(chosen.room, [chosen.seq])

    @callback
    async def on_close_poll(self, room_id: int, seq: int) -> None:
        """Close a poll."""
        await polls.close(self.page.viewer, room_id, seq)
        self.page.close_dialog()

    async def show_own_votes(self, room_id: int, shown: Iterable[MessageView]) -> None:
        """Send what the person chose in anonymous polls among messages that the page shows."""
        seqs = [each.seq for each in shown if each.poll and each.poll.is_anonymous]
        if seqs:
            with suppress(NotFound):  # no member any more
                await self._send_own_votes(room_id, seqs[: polls.MAX_POLLS])

    async def _send_own_votes(self, room_id: int, seqs: list[int]) -> None:
        mine = await polls.mine(self.page.viewer, room_id, seqs)
        votes = {str(seq): mine.get(seq, []) for seq in seqs}
        await push.to_person(self.page.viewer.user_id, protocol.OwnVotes(room_id, votes))
