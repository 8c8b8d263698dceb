"""Element X's engine as a program: it does what each line of JSON says, and answers with one.

Arguments: the address of a homeserver, a username, a password, a folder for what it stores, and,
for another device of the person, what `secret` said of the first one. `PYTHONPATH` has the package
`matrix_sdk_python`; nothing of the chat is used.

It is strict: it sends keys only to devices that their owners have signed, and reads only theirs.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import matrix_sdk_python._generated.matrix_sdk_crypto as sdk_crypto
import matrix_sdk_python._generated.matrix_sdk_ffi as sdk


class Timeline(sdk.TimelineListener):
    """What is shown of a room."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.known: dict[str, dict[str, Any]] = {}
        """All that was ever told, as it begins anew where too much is new at once."""

    def on_update(self, diff: list[Any]) -> None:
        """Take over changes."""
        for each in diff:
            items, name = self.items, _variant(each)
            changed = getattr(each, "values", None) or [getattr(each, "value", None)]
            self.known |= {found["id"]: found for found in _messages(changed)}
            if name in ("APPEND", "RESET"):
                self.items = [*(items if name == "APPEND" else []), *each.values]
            elif name == "CLEAR":
                items.clear()
            elif name in ("PUSH_BACK", "PUSH_FRONT"):
                items.insert(len(items) if name == "PUSH_BACK" else 0, each.value)
            elif name in ("POP_BACK", "POP_FRONT"):
                items.pop(-1 if name == "POP_BACK" else 0)
            elif name == "INSERT":
                items.insert(each.index, each.value)
            elif name == "SET":
                items[each.index] = each.value
            elif name == "REMOVE":
                items.pop(each.index)
            elif name == "TRUNCATE":
                del items[each.length :]

    def messages(self) -> list[dict[str, Any]]:
        """Return what is shown as texts."""
        return _messages(list(self.items))


def _messages(items: list[Any]) -> list[dict[str, Any]]:
    return [
        found
        for item in items
        if item and (event := item.as_event()) and (found := _message(event))
    ]


def _variant(value: Any) -> str:
    """Return which variant of an enumeration it is: its class is named `Enumeration.VARIANT`."""
    return type(value).__name__.rpartition(".")[2]


def _message(event: Any) -> dict[str, Any] | None:
    number = getattr(event.event_or_transaction_id, "event_id", None)
    content = getattr(event.content, "content", None)
    kind = getattr(content, "kind", None)
    if number is None or kind is None:
        return None
    is_message = _variant(kind) == "MESSAGE"
    reply_to = content.in_reply_to
    return {
        "id": number,
        "sender": event.sender,
        "text": kind.content.body if is_message else None,
        "reactions": {
            each.key: sorted(sender.sender_id for sender in each.senders)
            for each in content.reactions
        },
        "reply_to": reply_to.event_id() if reply_to else None,
        "read_by": [*event.read_receipts],
        "unable": str(kind.msg) if _variant(kind) == "UNABLE_TO_DECRYPT" else "",
    }


def _tally(shown: Timeline) -> dict[str, Any]:
    """Return who has written what that it could read, and what it could not."""
    read: dict[str, list[str]] = {}
    for each in shown.known.values():
        if each["text"] is not None:
            read.setdefault(each["sender"], []).append(each["text"])
    unable = {each["id"]: each["unable"] for each in shown.known.values() if each["unable"]}
    return {"read": read, "unable": unable}


class Typing(sdk.TypingNotificationsListener):
    """Who types in a room."""

    def __init__(self) -> None:
        self.users: list[str] = []

    def call(self, typing_user_ids: list[str]) -> None:
        """Take over who does now."""
        self.users = typing_user_ids


class Progress(sdk.EnableRecoveryProgressListener):
    """How far the recovery is."""

    def on_update(self, status: Any) -> None:
        """It is waited for instead."""


class Element:
    """A client that is logged in."""

    def __init__(self, client: Any, service: Any) -> None:
        self.client, self.service = client, service
        self.shown: dict[str, tuple[Any, Timeline, Typing]] = {}
        self.kept: list[Any] = []

    async def do(self, said: dict[str, Any]) -> Any:
        """Do one thing."""
        room = self.client.get_room(said["room"]) if "room" in said else None
        event = said.get("event", "")
        number = sdk.EventOrTransactionId.EVENT_ID(event)
        what = said["do"]
        if what == "rooms":
            return {each.id(): each.membership().name.lower() for each in self.client.rooms()}
        if what == "secret":
            return await self.client.encryption().enable_recovery(True, None, Progress())
        if what == "create":
            return await self._create(said)
        if room is None:
            return None
        if what == "join":
            return await room.join()
        timeline, shown, typing = await self._open(room)
        if what == "messages":
            return shown.messages()
        if what == "tally":
            return _tally(shown)
        if what == "meet":
            for user in said["users"]:
                assert await self.client.encryption().user_identity(user, True), user
            return None
        if what == "encrypted":
            return room.encryption_state().name == "ENCRYPTED"
        if what == "receipts":
            return {user: each["id"] for each in shown.messages() for user in each["read_by"]}
        if what == "file":
            item = await timeline.get_event_timeline_item_by_event_id(event)
            source = item.content.content.kind.content.msg_type.content.source
            return bytes(await self.client.get_media_content(source)).decode()
        if what == "send_file":
            return await self._send_file(timeline, said["name"], said["text"].encode())
        if what == "burst":
            for text in said["texts"]:
                await timeline.send(sdk.message_event_content_from_markdown(text))
            return None
        if what == "typing":
            return typing.users
        if what == "unread":
            return (await room.room_info()).notification_count
        if what == "members":
            return sorted(
                each.user_id
                for each in (await room.members()).next_chunk(100) or []
                if each.membership.is_JOIN()
            )
        content = sdk.message_event_content_from_markdown(said.get("text", ""))
        if what == "send":
            return await timeline.send(content) and None
        if what == "reply":
            return await timeline.send_reply(content, event)
        if what == "edit":
            return await timeline.edit(number, sdk.EditedContent.ROOM_MESSAGE(content))
        if what == "react":
            return await timeline.toggle_reaction(number, said["key"])
        if what == "redact":
            return await timeline.redact_event(number, None)
        if what == "read":
            return await timeline.mark_as_read(sdk.ReceiptType.READ)
        if what == "type":
            return await room.typing_notice(True)
        if what == "remove":
            return await room.kick_user(said["user"], None)
        raise ValueError(what)

    async def _create(self, said: dict[str, Any]) -> str:
        is_direct = said.get("direct", False)
        preset = sdk.RoomPreset.TRUSTED_PRIVATE_CHAT if is_direct else sdk.RoomPreset.PRIVATE_CHAT
        wanted = sdk.CreateRoomParameters(
            name=said["name"] or None,
            is_encrypted=said["encrypted"],
            is_direct=is_direct,
            visibility=sdk.RoomVisibility.PRIVATE(),
            preset=preset,
            invite=said["invite"],
        )
        return str(await self.client.create_room(wanted))

    async def _send_file(self, timeline: Any, name: str, data: bytes) -> None:
        wanted = sdk.UploadParameters(
            source=sdk.UploadSource.DATA(data, name),
            caption=None,
            formatted_caption=None,
            mentions=None,
            in_reply_to=None,
        )
        info = sdk.FileInfo(
            mimetype="text/plain", size=len(data), thumbnail_info=None, thumbnail_source=None
        )
        await timeline.send_file(wanted, info).join()

    async def _open(self, room: Any) -> tuple[Any, Timeline, Typing]:
        name = room.id()
        if name not in self.shown:
            await self.service.room_list_service().subscribe_to_rooms([*self.shown, name])
            timeline, shown, typing = await room.timeline(), Timeline(), Typing()
            self.shown[name] = timeline, shown, typing
            self.kept.append(await timeline.add_listener(shown))
            self.kept.append(room.subscribe_to_typing_notifications(typing))
        return self.shown[name]


async def main() -> None:
    """Log in, and do what is said."""
    address, name, password, folder, *secret = sys.argv[1:]
    Path(folder).mkdir()
    builder = sdk.ClientBuilder().homeserver_url(address).session_paths(folder, folder)
    builder = builder.sliding_sync_version_builder(sdk.SlidingSyncVersionBuilder.DISCOVER_NATIVE)
    signed = sdk_crypto.CollectStrategy.IDENTITY_BASED_STRATEGY
    trusted = sdk_crypto.TrustRequirement.CROSS_SIGNED
    settings = sdk_crypto.DecryptionSettings(sender_device_trust_requirement=trusted)
    builder = builder.room_key_recipient_strategy(signed).decryption_settings(settings)
    builder = builder.auto_enable_cross_signing(True).auto_enable_backups(True)
    client = await builder.build()
    await client.login(name, password, "Element X's engine", None)
    service = await client.sync_service().finish()
    await service.start()
    await client.encryption().wait_for_e2ee_initialization_tasks()
    for each in secret:
        await client.encryption().recover(each)
    element = Element(client, service)
    print(json.dumps({"user": client.user_id()}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            answer = {"done": await element.do(json.loads(line))}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=str), flush=True)
    await service.stop()


asyncio.run(main())
