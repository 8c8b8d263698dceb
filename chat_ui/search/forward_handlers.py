"""Forwarding a message to the conversations that were picked in the quick switcher."""

from chat_ui.handlers import Handlers, on
from chat_ui.realtime import protocol, push, validation
from chat_ui.search.quick_switcher import MAX_TARGETS
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _, number
from services.core.text import MESSAGE_LIMIT, clean
from services.files import forwarding
from services.messages import messages
from services.rooms import rooms
from services.rooms.members import direct_messages


class ForwardHandlers(Handlers):
    """Handlers of the dialog in which one forwards a message."""

    @on(protocol.Forward)
    async def on_forward(self, wanted: protocol.Forward) -> None:
        """Forward a message to several conversations, and say which of them refused it.

        What is sent is numbered after `wanted.id`, so that doing it again sends nothing twice.
        """
        done, refusals = [], []
        try:
            note = clean(wanted.note, MESSAGE_LIMIT, name=_("The note"), required=False)
            if len(wanted.targets) > MAX_TARGETS:
                words = _("Forward a message to at most {most} conversations at a time.")
                raise ServiceError(words.format(most=number(MAX_TARGETS)))
            # Before conversations are opened for it, which would stay empty.
            await forwarding.check(self.page.viewer, wanted.room, wanted.seq)
            for target in dict.fromkeys(wanted.targets):
                if refusal := await self._forward(wanted, target, note):
                    refusals.append(refusal)
                else:
                    done.append(target)
        except ServiceError as refused:
            refusals.append(refused.message)
        await push.to_page(self.page.client.id, protocol.Forwarded(wanted.id, done, refusals))
        if done:
            self.page.notify(_("Forwarded."), good=True)

    async def _forward(self, wanted: protocol.Forward, target: str, note: str) -> str:
        """Forward the message to one conversation, with the note below it; return what was not."""
        viewer, room_id = self.page.viewer, validation.to_int(target)
        try:
            if target.startswith("@"):
                room_id = await direct_messages.open(viewer, [target])
            number = f"{wanted.id}-{room_id}"
            await forwarding.forward(
                viewer, wanted.room, wanted.seq, to_room=room_id, client_message_id=number
            )
        except ServiceError as refused:
            return _("Not sent to {name}: {reason}").format(
                name=await self._name(room_id, target), reason=refused.message
            )
        try:
            if note:
                await messages.send(viewer, room_id, note, f"{number}-note")
        except ServiceError as refused:
            return _("Sent to {name}, but not the note: {reason}").format(
                name=await self._name(room_id, target), reason=refused.message
            )
        return ""

    async def _name(self, room_id: int, target: str) -> str:
        if not room_id:
            return target
        try:
            return (await rooms.get(self.page.viewer, room_id)).title
        except NotFound:
            return _("a conversation that you are not in")
