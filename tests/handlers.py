"""All handlers of what a browser sends to a page, each with the service function that decides.

Add new handlers here, with the case of `tests/authorisation.py` whose results apply, and the
arguments from the browser. The entries of a message's menu are not here: their cases name them.
`tests/test_authorisation.py` generates the tests.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pyotp

from chat_ui import all_handlers, custom_files, page
from chat_ui.handlers import TABLE, receive
from chat_ui.realtime import protocol
from services.accounts.security import audit
from tests.authorisation import (
    CASES,
    DEVICE,
    NUMBER,
    ONES_OWN,
    REMOVED,
    Ask,
    Case,
    in_an_hour,
)
from tests.conftest import PASSWORD
from tests.seeded_app import SECRET, SECRET_OF_APP

custom_files.load()

NOBODY_DECIDES = ""
"""For dialogs that are empty or the same for all: they show nothing of a room."""


BY_NAME = {case.name: case for case in CASES} | {
    NOBODY_DECIDES: Case(NOBODY_DECIDES, lambda _ask: None, ONES_OWN)
}


@dataclass(frozen=True)
class Handler:
    """A handler, the case with its expected results, and its arguments."""

    name: str
    decided_by: str
    handed: Callable[[Ask], tuple[Any, ...]] = lambda _ask: ()
    is_silent: bool = False
    """Whether a refusal shows no message, as for hints."""
    enters: bool = False
    """Whether the user is a member afterwards, and sees the messages."""

    @property
    def case(self) -> Case:
        """The case with the expected results."""
        return BY_NAME[self.decided_by]

    @property
    def what(self) -> str:
        """The name of the handler in test names."""
        return f"{self.name}-{self.decided_by or 'nobody decides'}".replace(" ", "-")


def said(**detail: Any) -> SimpleNamespace:
    """Return an event as NiceGUI passes it."""
    return SimpleNamespace(args={"detail": detail}, sender=SimpleNamespace(is_deleted=True))


def asked(_ask: Ask) -> tuple[SimpleNamespace]:
    """Return the event of a button with `data-ask`: it concerns the open room."""
    return (said(),)


def pressed(does: str, key: str) -> SimpleNamespace:
    """Return the event of a button in the list of scheduled messages."""
    return said(does=does, key=key)


def theirs(ask: Ask) -> tuple[int, int]:
    """Return the room and `seq` of somebody else's message."""
    return ask.room, ask.theirs.seq


def mine(ask: Ask) -> tuple[int, int]:
    """Return the room and `seq` of the user's own message."""
    return ask.room, ask.mine.seq


def the_room(ask: Ask) -> tuple[int]:
    """Return the room."""
    return (ask.room,)


HANDLERS = (
    # -- the timeline
    Handler("on_catch_up", "messages.history.since", lambda a: (said(room=a.room, last=0),)),
    Handler(
        "on_catch_up",
        "messages.history.around",
        lambda a: (said(room=a.room, last=0, at=a.theirs.seq),),
    ),
    Handler("on_load_older", "messages.history.older", lambda a: (said(room=a.room, before=99),)),
    Handler(
        "on_read",
        "rooms.reading.read_positions.mark_read",
        lambda a: (said(room=a.room, seq=a.pinned.seq),),
    ),
    Handler(
        "on_send", "messages.messages.send", lambda a: (said(room=a.room, id=NUMBER, text="Hello"),)
    ),
    Handler(
        "on_send",
        "messages.messages.send-in-answer",
        lambda a: (said(room=a.room, id=NUMBER, text="Hello", reply=a.theirs.seq),),
    ),
    Handler(
        "on_send",
        "files.stickers.stickers.send-one's-own",
        lambda a: (said(room=a.room, id=NUMBER, sticker=a.sticker),),
    ),
    Handler(
        "on_send",
        "files.gifs.send-into-it",
        lambda a: (
            said(
                room=a.room,
                id=NUMBER,
                gif=(a.all.rooms["public"], a.all.messages["public", "moving"].seq),
            ),
        ),
    ),
    Handler(
        "on_save_sticker",
        "files.stickers.making.save_from_message",
        lambda a: (a.room, a.pictured.seq, said(name="party")),
    ),
    Handler("on_remove_sticker", "files.stickers.stickers.remove", lambda a: (a.sticker,)),
    Handler(
        "on_share_sticker", "files.stickers.stickers.share-one's-own", lambda a: (a.sticker, True)
    ),
    Handler(
        "on_preview",
        "messages.preview.render",
        lambda a: (said(room=a.room, asked=1, text="**Hello**"),),
    ),
    Handler("on_typing", "rooms.typing.publish", lambda a: (said(room=a.room),), is_silent=True),
    Handler("on_activity", "rooms.presence.set_active", lambda a: (said(active=False),)),
    Handler("on_watch_presence", "rooms.presence.of", lambda a: (said(people=[a.other.user_id]),)),
    Handler(
        "on_complete_name",
        "mentions.autocomplete.complete",
        lambda a: (said(room=a.room, asked=1, start="o"),),
    ),
    # -- a message
    Handler(
        "on_message_action",
        "messages.pins.pin",
        lambda a: (said(action="pin", room=a.room, seq=a.theirs.seq),),
    ),
    Handler(
        "on_edit",
        "messages.edits.edit-of-one's-own",
        lambda a: (said(room=a.room, seq=a.mine.seq, text="Other words"),),
    ),
    Handler(
        "on_edit",
        "messages.edits.edit-of-another's",
        lambda a: (said(room=a.room, seq=a.theirs.seq, text="Other words"),),
    ),
    Handler("on_delete", "messages.edits.delete-of-one's-own", lambda a: (*mine(a), said())),
    Handler(
        "on_delete",
        "messages.edits.delete-of-another's",
        lambda a: (*theirs(a), said(reason="Too loud")),
    ),
    Handler(
        "on_forward",
        "files.forwarding.forward-out-of-it",
        lambda a: (said(room=a.room, seq=a.theirs.seq, id=NUMBER, targets=["1"], note="See"),),
    ),
    Handler(
        "on_forward",
        "files.forwarding.forward-into-it",
        lambda a: (
            said(room=a.all.rooms["public"], seq=1, id=NUMBER, targets=[str(a.room)], note="See"),
        ),
    ),
    Handler("on_older_bookmarks", "messages.bookmarks.mine", lambda a: (0,)),
    Handler(
        "on_remove_bookmark",
        "messages.bookmarks.remove",
        lambda a: (said(messageId=str(a.theirs.message_id)),),
    ),
    Handler("on_restore_bookmark", "messages.bookmarks.save", mine),
    Handler(
        "on_react",
        "messages.reactions.add",
        lambda a: (said(room=a.room, seq=a.theirs.seq, emoji="🎉", on=True),),
    ),
    Handler(
        "on_react",
        "messages.reactions.remove",
        lambda a: (said(room=a.room, seq=a.theirs.seq, emoji="👍", on=False),),
    ),
    # -- what is sent later
    Handler(
        "on_send_later",
        "messages.scheduling.scheduled.schedule",
        lambda a: (said(room=a.room, id=NUMBER, text="Hello", at=in_an_hour()),),
    ),
    Handler(
        "on_send_later",
        "messages.scheduling.scheduled.schedule-in-answer",
        lambda a: (
            said(room=a.room, id=NUMBER, text="Hello", at=in_an_hour(), reply=a.theirs.seq),
        ),
    ),
    Handler(
        "on_send_later", NOBODY_DECIDES, lambda a: (said(room=a.room, id=NUMBER, text="Hello"),)
    ),
    Handler(
        "on_choose_time",
        "messages.scheduling.scheduled.schedule",
        lambda a: (
            protocol.SendLater(room=a.room, id=NUMBER, text="Hello"),
            said(at=in_an_hour()),
        ),
    ),
    *(
        Handler(name, f"messages.scheduling.scheduled.{function}-{whose}", handed)
        for whose, key in (
            ("of-one's-own", lambda a: a.later),
            ("of-another's", lambda a: a.later_of_other),
        )
        for name, function, handed in (
            ("on_take_back", "get", lambda a, key=key: (key(a),)),
            ("on_scheduled_taken", "remove", lambda a, key=key: (said(id=key(a)),)),
            ("on_press_scheduled", "get", lambda a, key=key: (pressed("copy", key(a)),)),
            ("on_press_scheduled", "get", lambda a, key=key: (pressed("move", key(a)),)),
            ("on_press_scheduled", "remove", lambda a, key=key: (pressed("delete", key(a)),)),
            ("on_move_scheduled", "move", lambda a, key=key: (key(a), said(at=in_an_hour()))),
        )
    ),
    Handler(
        "on_press_scheduled",
        "messages.scheduling.scheduled.get-of-another's",
        lambda a: (pressed("edit", a.later_of_other),),
    ),
    Handler(
        "on_press_scheduled",
        "messages.scheduling.scheduler.send_now-of-one's-own",
        lambda a: (pressed("send", f"later-{a.place}-{a.role}"),),
    ),
    Handler(
        "on_press_scheduled",
        "messages.scheduling.scheduler.send_now-of-another's",
        lambda a: (pressed("send", a.later_of_other),),
    ),
    Handler(
        "on_restore_scheduled", "messages.scheduling.scheduled.restore", lambda _ask: (REMOVED,)
    ),
    # -- polls
    Handler("on_new_poll", NOBODY_DECIDES, asked),
    Handler(
        "on_send_poll",
        "messages.polls.send",
        lambda a: (a.room, NUMBER, said(question="When?", options="Now\nLater")),
    ),
    Handler(
        "on_vote",
        "messages.polls.vote",
        lambda a: (said(room=a.room, seq=a.poll.seq, numbers=[2]),),
    ),
    Handler(
        "on_vote",
        "messages.polls.withdraw",
        lambda a: (said(room=a.room, seq=a.poll.seq, numbers=[]),),
    ),
    Handler("on_close_poll", "messages.polls.close-of-another's", lambda a: (a.room, a.poll.seq)),
    # -- notifications of the device
    Handler(
        "on_push_subscribe",
        "push.subscriptions.subscribe",
        lambda _ask: (said(**dict(zip(("endpoint", "p256dh", "auth"), DEVICE.said, strict=True))),),
    ),
    Handler("on_push_unsubscribe", "push.subscriptions.unsubscribe", lambda _ask: (said(),)),
    # -- rooms
    Handler("on_navigate", "rooms.rooms.visit", lambda a: (said(path=f"/rooms/{a.room}"),)),
    Handler(
        "on_navigate",
        "files.files.of_room",
        lambda a: (said(path=f"/rooms/{a.room}/files?kind=other"),),
    ),
    Handler(
        "on_navigate", "messages.pins.of_room", lambda a: (said(path=f"/rooms/{a.room}/pins"),)
    ),
    Handler(
        "on_navigate",
        "messages.replies.of",
        lambda a: (said(path=f"/rooms/{a.room}/replies/{a.theirs.seq}"),),
    ),
    Handler("on_next_unread", "rooms.rooms.mine", asked),
    Handler("on_shortcuts", NOBODY_DECIDES, asked),
    Handler("on_new_room", NOBODY_DECIDES, asked),
    Handler(
        "on_create", "rooms.rooms.create", lambda a: (said(name="New", topic="", private="on"),)
    ),
    Handler("on_find", "rooms.rooms.discover", lambda a: (said(words=""),)),
    Handler("on_find_mine", "rooms.rooms.all_mine", lambda a: (said(words=""),)),
    Handler("on_join", "rooms.members.memberships.join", the_room, enters=True),
    Handler("on_leave", "rooms.members.memberships.leave", the_room),
    Handler("on_leave_room", "rooms.rooms.get", asked),
    Handler(
        "on_favourite",
        "rooms.members.member_settings.set_favourite",
        lambda a: (said(room=str(a.room), set="on"),),
    ),
    Handler("on_notification_settings", "rooms.rooms.get", asked),
    Handler(
        "on_level",
        "rooms.members.member_settings.set_level",
        lambda a: (a.room, said(level="nothing")),
    ),
    Handler("on_jump_to_date", NOBODY_DECIDES, asked),
    Handler("on_jump", "search.search.seq_on", lambda a: (a.room, said(day="2026-01-31"))),
    Handler("on_older_mentions", "messages.inbox.mine", lambda a: (2**53,)),
    # -- who is in a room
    Handler("on_show_members", "rooms.members.memberships.members", the_room),
    Handler(
        "on_find_member", "rooms.members.memberships.members", lambda a: (a.room, said(words=""))
    ),
    Handler(
        "on_add_member",
        "rooms.members.memberships.add",
        lambda a: (a.room, said(username=a.all.people["newcomer"].username)),
    ),
    Handler("on_accept_invitation", "rooms.members.invitations.accept", the_room),
    Handler("on_decline_invitation", "rooms.members.invitations.decline", the_room),
    Handler("on_restore_invitation", "rooms.members.invitations.restore", the_room),
    Handler(
        "on_add_named",
        "rooms.members.memberships.add",
        lambda a: (a.room, a.all.people["newcomer"].username),
    ),
    Handler(
        "on_manage_member",
        "rooms.members.memberships.member",
        lambda a: (a.room, said(user=str(a.other.user_id))),
    ),
    Handler(
        "on_change_role",
        "rooms.members.memberships.change_role",
        lambda a: (a.room, a.other.user_id, "moderator"),
    ),
    Handler(
        "on_hand_over", "rooms.members.memberships.hand_over", lambda a: (a.room, a.other.user_id)
    ),
    Handler(
        "on_remove_member",
        "rooms.members.memberships.remove",
        lambda a: (a.room, a.other.user_id, said(reason="Too loud")),
    ),
    # -- what an owner does with a room
    Handler("on_room_settings", "rooms.rooms.get", asked),
    Handler(
        "on_rename", "rooms.settings.change", lambda a: (a.room, said(name="Renamed", topic=""))
    ),
    Handler(
        "on_announce", "rooms.settings.announce", lambda a: (a.room, a.place != "announcements")
    ),
    Handler("on_archive", "rooms.settings.archive", lambda a: (a.room, a.place != "archived")),
    Handler("on_encrypt", "rooms.encryption.switch_on", the_room),
    Handler(
        "on_delete_room",
        "rooms.settings.delete",
        lambda a: (
            a.room,
            said(typed_name="Market" if a.place == "public" else f"{SECRET} {a.place}"),
        ),
    ),
    Handler("on_show_webhooks", "webhooks.webhooks.of_room", the_room),
    Handler(
        "on_create_webhook",
        "webhooks.webhooks.create",
        lambda a: (a.room, said(name="Grafana")),
    ),
    Handler("on_manage_webhook", "webhooks.webhooks.of_room", lambda a: (a.room, a.webhook)),
    Handler(
        "on_rename_webhook",
        "webhooks.webhooks.rename",
        lambda a: (a.room, a.webhook, said(name="Uptime Kuma")),
    ),
    Handler("on_remove_webhook", "webhooks.webhooks.remove", lambda a: (a.room, a.webhook)),
    Handler("on_room_log", "rooms.moderation_log.of_room", the_room),
    Handler("on_older_log", "rooms.moderation_log.of_room", lambda a: (a.room, audit.NEWEST)),
    # -- people
    Handler("on_quick_search", "rooms.quick_search.find", lambda a: (said(words="", asked=1),)),
    Handler(
        "on_open_direct", "rooms.members.direct_messages.open", lambda a: (said(people=["other"]),)
    ),
    Handler(
        "on_profile_card",
        "accounts.people.profile",
        lambda a: (said(room=a.room, username="other"),),
    ),
    Handler("on_message", "rooms.members.direct_messages.open", lambda a: ("other",)),
    Handler("on_block", "accounts.blocks.block", lambda a: ("other", True)),
    Handler("on_block", "accounts.blocks.unblock", lambda a: ("other", False)),
    Handler("on_unblock", "accounts.blocks.unblock", lambda a: ("other",)),
    # -- one's own account
    Handler("on_theme", "accounts.accounts.change_theme", lambda a: (said(theme="dark"),)),
    Handler(
        "on_profile",
        "accounts.accounts.change_profile",
        lambda a: (said(display_name="Zoe", hue="7", about="Hello"),),
    ),
    Handler("on_remove_avatar", "files.avatars.remove", lambda _a: ()),
    Handler(
        "on_preferences",
        "accounts.preferences.change",
        lambda a: (said(quiet_from="22:00", quiet_until="07:00"),),
    ),
    Handler("on_density", "accounts.preferences.change_appearance", lambda a: ("compact",)),
    Handler("on_text_size", "accounts.preferences.change_appearance", lambda a: ("large",)),
    Handler("on_animations", "accounts.preferences.change_appearance", lambda a: ("click",)),
    Handler("on_language", "accounts.preferences.choose_language", lambda a: ("hi",)),
    Handler(
        "on_time_zone", "accounts.preferences.set_time_zone", lambda a: (said(zone="Asia/Kolkata"),)
    ),
    Handler(
        "on_password",
        "accounts.accounts.change_password",
        lambda a: (said(old=PASSWORD, new="another good battery"),),
    ),
    # Before those that ask for a passkey: what takes the answer was decided when that was done.
    Handler("on_passkey", NOBODY_DECIDES, lambda a: (said(answer=""),)),
    Handler("on_begin_app", "accounts.factors.second_factor.begin_app"),
    Handler(
        "on_add_app",
        "accounts.factors.second_factor.add_app",
        lambda a: (SECRET_OF_APP, said(code=pyotp.TOTP(SECRET_OF_APP).now())),
    ),
    Handler("on_remove_app", "accounts.factors.second_factor.remove_app"),
    Handler(
        "on_begin_passkey",
        "accounts.factors.second_factor.begin_passkey",
        lambda a: (said(name="Phone"),),
    ),
    Handler("on_remove_passkey", "accounts.factors.second_factor.remove_passkey", lambda a: (1,)),
    Handler("on_renew_codes", "accounts.factors.second_factor.renew_codes"),
    Handler("on_forget_devices", "accounts.factors.trusted_devices.forget"),
    Handler("on_show_address", NOBODY_DECIDES),
    Handler("on_new_token", NOBODY_DECIDES),
    Handler("on_delete_encrypted_files", "files.kept_files.remove", lambda a: (said(days="30"),)),
    Handler(
        "on_create_token", "accounts.sessions.bot_tokens.create", lambda a: (said(name="Echo"),)
    ),
    Handler(
        "on_revoke_token", "accounts.sessions.bot_tokens.revoke-one's-own", lambda a: (a.token,)
    ),
    Handler(
        "on_revoke_token",
        "accounts.sessions.bot_tokens.revoke-another's",
        lambda a: (a.all.ids["token-other"],),
    ),
    Handler(
        "on_accept_identity",
        "accounts.own_copy.accept_identity",
        lambda a: ("@ben:localhost", "key"),
    ),
    Handler("on_end_others", "accounts.sessions.sessions.end_others"),
    Handler(
        "on_end_session",
        "accounts.sessions.sessions.end-one's-own",
        lambda a: (a.viewer.session_id,),
    ),
    Handler(
        "on_end_session",
        "accounts.sessions.sessions.end-another's",
        lambda a: (a.other.session_id,),
    ),
    Handler(
        "on_confirm_password",
        "accounts.sessions.reauthentication.confirm_with_password",
        lambda a: (
            SimpleNamespace(is_deleted=False, delete=lambda: None),
            lambda: asyncio.sleep(0),
            said(password=PASSWORD),
        ),
    ),
    Handler(
        "on_use_passkey",
        "accounts.sessions.reauthentication.begin_passkey",
        lambda a: (SimpleNamespace(is_deleted=False), lambda: asyncio.sleep(0)),
    ),
    Handler("on_older_versions", "messages.edits.history", lambda a: (a.room, a.theirs.seq, None)),
    # -- reports
    Handler(
        "on_report",
        "messages.reports.report-another's",
        lambda a: (*theirs(a), said(reason="Rude")),
    ),
    Handler("on_show_reports", "messages.reports.list_all", lambda a: (2**53,)),
    Handler("on_room_reports", "messages.reports.of_room", the_room),
    Handler(
        "on_handle_report",
        "messages.reports.handle",
        lambda a: (a.report, lambda: asyncio.sleep(0)),
    ),
    Handler(
        "on_delete_reported",
        "messages.reports.delete_message",
        lambda a: (a.report, lambda: asyncio.sleep(0)),
    ),
    # -- what administrators do
    Handler("on_make_invite", "registration.invites.create", lambda a: (said(days="1", uses="1"),)),
    Handler("on_show_invite", NOBODY_DECIDES, lambda a: ("made-up",)),
    Handler("on_end_invite", "registration.invites.revoke", lambda a: (a.all.ids["invite"],)),
    Handler(
        "on_make_reset", "accounts.passwords.password_resets.create", lambda a: (a.other.user_id,)
    ),
    Handler(
        "on_revoke_reset",
        "accounts.passwords.password_resets.revoke",
        lambda a: (a.all.ids["reset_link"],),
    ),
    Handler(
        "on_save_branding",
        "host.appearance.change",
        lambda _ask: (said(name="Class 9B", accent="#0a7d5a"),),
    ),
    Handler("on_turn_link_previews", "links.switch.set_on", lambda _ask: (False,)),
    Handler("on_save_link_pictures", "links.switch.set_pictures", lambda _ask: (said(),)),
    Handler("on_hide_first_steps", "host.first_steps.hide"),
    Handler("on_remove_icon", "host.appearance.remove_icon"),
    Handler("on_manage_account", "accounts.administration.get", lambda a: (a.other.user_id,)),
    Handler("on_disable_account", "accounts.administration.disable", lambda a: (a.other.user_id,)),
    Handler("on_enable_account", "accounts.administration.enable", lambda a: (a.other.user_id,)),
    Handler(
        "on_end_account_sessions",
        "accounts.administration.end_sessions",
        lambda a: (a.other.user_id,),
    ),
    Handler(
        "on_remove_factors",
        "accounts.factors.second_factor.remove_of",
        lambda a: (a.all.people["guarded"].user_id,),
    ),
    Handler("on_set_admin", "accounts.administration.set_admin", lambda a: (a.other.user_id, True)),
    Handler(
        "on_older_security", "accounts.security.security_log.list_all", lambda a: (2**53, "", "")
    ),
    Handler("on_older_audit", "accounts.security.audit.list_all", lambda a: (audit.NEWEST,)),
    # -- the menu of a message
    *(Handler(f"action {each.action}", each.name, each.message) for each in CASES if each.action),
)

EVENTS = {route.name: event for event, route in TABLE.items()}
"""The protocol event of a handler, which may name any room and message.
All other handlers belong to elements that were drawn for the user."""
CALLBACKS = {
    name: kind for kind in all_handlers.HANDLERS for name in vars(kind) if name.startswith("on_")
}
"""The class of a handler."""


async def do(page: page.Page, handler: str, *handed: Any) -> None:
    """Call a handler of a page in the way a browser would."""
    if handler.startswith("action "):
        room_id, seq = handed
        action = handler.removeprefix("action ")
        await receive(page.context, _event("message_action", action=action, room=room_id, seq=seq))
    elif handler in EVENTS:
        await receive(page.context, _event(EVENTS[handler], **handed[0].args["detail"]))
    else:
        kind = CALLBACKS[handler]
        await getattr(kind, handler)(kind(page.context), *handed)


def _event(name: str, **detail: Any) -> SimpleNamespace:
    return said(event=name, detail=detail)


def events(ask: Ask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events, with details, that a browser can send about the room and its messages."""
    for handler in HANDLERS:
        if "" in handler.case.answers:
            continue
        handed = handler.handed(ask)
        if handler.name in EVENTS:
            yield EVENTS[handler.name], handed[0].args["detail"]
        elif handler.name.startswith("action "):
            action = handler.name.removeprefix("action ")
            yield "message_action", {"action": action, "room": handed[0], "seq": handed[1]}
