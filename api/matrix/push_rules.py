"""The notification settings of rooms as push rules, made of what members have chosen there.

A room that notifies of nothing has an `override` rule, one that notifies of all messages a `room`
rule; without either, only mentions notify. What no setting of the chat says cannot be set.
"""

from typing import Any

from api.matrix import ids
from api.matrix.errors import Malformed, MatrixError
from api.matrix.requests import Answer, Call
from models import Notify, RoomKind
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.i18n import _
from services.rooms.members import member_settings
from services.rooms.members.member_settings import RoomLevel

KINDS = ("override", "content", "room", "sender", "underride")
NOTIFY = "notify"
Rule = dict[str, Any]
Rules = dict[str, list[Rule]]


async def everything(call: Call) -> Answer:
    """Return all rules."""
    return await all_of(call.viewer)


async def every_rule(call: Call) -> Answer:
    """Return all rules, by kind."""
    return _rules(call.viewer, await _levels(call))


async def one(call: Call) -> Answer:
    """Return one rule."""
    return _found(call, await _levels(call))


async def is_enabled(call: Call) -> Answer:
    """Return whether a rule counts."""
    return {"enabled": _found(call, await _levels(call))["enabled"]}


async def actions(call: Call) -> Answer:
    """Return what a rule does."""
    return {"actions": _found(call, await _levels(call))["actions"]}


async def put(call: Call) -> Answer:
    """Set the rule of a room: all messages, mentions only, or nothing."""
    room = _room(call, await _levels(call))
    wanted = _actions(call)
    if call.path("kind") == "room":
        await _set(call, room, Notify.EVERYTHING if NOTIFY in wanted else Notify.MENTIONS)
    elif _is_about(call, room) and NOTIFY not in wanted:
        await _set(call, room, Notify.NOTHING)
    else:
        raise _refusal()
    return {}


async def remove(call: Call) -> Answer:
    """Remove the rule of a room: then mentions notify, and in direct messages everything."""
    levels = await _levels(call)
    room = _room(call, levels)
    _found(call, levels)
    await _set(call, room, Notify.MENTIONS, is_default=True)
    return {}


async def enable(call: Call) -> Answer:
    """Switch the rule of a room off, which removes it; the others are as they are."""
    levels = await _levels(call)
    rule, on = _found(call, levels), call.body.get("enabled")
    if not isinstance(on, bool):
        raise Malformed("enabled")
    if on != rule["enabled"]:
        await _set(call, _room(call, levels), Notify.MENTIONS)
    return {}


async def set_actions(call: Call) -> Answer:
    """Set what the rule of a room does; the others do what they do."""
    levels = await _levels(call)
    rule, wanted = _found(call, levels), _actions(call)
    if (NOTIFY in wanted) != (NOTIFY in rule["actions"]):
        room = _room(call, levels)
        if call.path("kind") != "room":
            raise _refusal()
        await _set(call, room, Notify.MENTIONS)
    return {}


async def all_of(viewer: CurrentUser) -> dict[str, Any]:
    """Return all rules of a person, as an event's content."""
    return {"global": _rules(viewer, await member_settings.levels(viewer))}


async def _levels(call: Call) -> list[RoomLevel]:
    return await member_settings.levels(call.viewer)


def _rules(viewer: CurrentUser, levels: list[RoomLevel]) -> Rules:
    sound = [{"set_tweak": "sound", "value": "default"}] if viewer.preferences.has_sound else []
    muted = [_muted(each) for each in levels if each.level == Notify.NOTHING]
    loud = [_rule(_id(each), [NOTIFY, *sound]) for each in levels if each.notifies_of_all]
    mention = [NOTIFY, *sound, {"set_tweak": "highlight"}]
    return {
        "override": [
            _predefined("master", [], is_enabled=False, conditions=[]),
            *muted,
            _predefined("suppress_notices", [], is_enabled=False, conditions=[_notice()]),
            _predefined("member_event", [], conditions=[_match("type", "m.room.member")]),
            # Before the mentions, which an edit repeats.
            _predefined("suppress_edits", [], conditions=[_edits()]),
            _predefined("is_user_mention", mention, conditions=[_names(viewer)]),
            _predefined("is_room_mention", mention, conditions=[_names_room()]),
            _predefined("reaction", [], conditions=[_match("type", "m.reaction")]),
        ],
        "content": [],
        "room": loud,
        "sender": [],
        "underride": [
            _predefined(name, [NOTIFY], is_enabled=False, conditions=conditions)
            for name, conditions in (
                ("room_one_to_one", [_count("2"), _match("type", "m.room.message")]),
                ("message", [_match("type", "m.room.message")]),
            )
        ],
    }


def _muted(room: RoomLevel) -> Rule:
    return _rule(_id(room), [], conditions=[_match("room_id", _id(room))])


def _id(room: RoomLevel) -> str:
    return ids.of_room(room.room_id)


def _rule(name: str, does: list[Any], **more: Any) -> Rule:
    return {"rule_id": name, "default": False, "enabled": True, "actions": does, **more}


def _predefined(name: str, does: list[Any], *, is_enabled: bool = True, **more: Any) -> Rule:
    return _rule(f".m.rule.{name}", does, **more) | {"default": True, "enabled": is_enabled}


def _match(key: str, pattern: str) -> Rule:
    return {"kind": "event_match", "key": key, "pattern": pattern}


def _count(number: str) -> Rule:
    return {"kind": "room_member_count", "is": number}


def _notice() -> Rule:
    return _match("content.msgtype", "m.notice")


def _edits() -> Rule:
    key = r"content.m\.relates_to.rel_type"
    return {"kind": "event_property_is", "key": key, "value": "m.replace"}


def _names(viewer: CurrentUser) -> Rule:
    key = r"content.m\.mentions.user_ids"
    return {"kind": "event_property_contains", "key": key, "value": ids.of_person(viewer)}


def _names_room() -> Rule:
    return {"kind": "event_property_is", "key": r"content.m\.mentions.room", "value": True}


def _found(call: Call, levels: list[RoomLevel]) -> Rule:
    """Return the rule that an address names. Raises `NotFound`."""
    rules = _rules(call.viewer, levels).get(call.path("kind"), [])
    for each in rules:
        if each["rule_id"] == call.path("rule"):
            return each
    raise NotFound(_("There is no such push rule."))


def _room(call: Call, levels: list[RoomLevel]) -> RoomLevel:
    """Return whose rule an address names. Raises `MatrixError` for a rule that is of no room."""
    if call.path("kind") not in ("room", "override") or not call.path("rule").startswith("!"):
        raise _refusal()
    room_id = ids.room(call.path("rule"))
    for each in levels:
        if each.room_id == room_id:
            return each
    raise NotFound


async def _set(call: Call, room: RoomLevel, level: Notify, *, is_default: bool = False) -> None:
    """Set the level of a room, unless it is in effect. Raises `MatrixError` where it cannot be."""
    if level == Notify.MENTIONS and room.kind == RoomKind.DIRECT and not is_default:
        raise MatrixError(
            400,
            "M_UNKNOWN",
            _("In direct messages, choose all messages or nothing: mentions only is not possible."),
        )
    has_all = level == Notify.EVERYTHING and room.notifies_of_all
    if room.level != level and not has_all:
        await member_settings.set_level(call.viewer, room.room_id, level)


def _actions(call: Call) -> list[Any]:
    wanted = call.body.get("actions")
    if not isinstance(wanted, list) or not all(isinstance(each, str | dict) for each in wanted):
        raise Malformed("actions")
    return wanted


def _is_about(call: Call, room: RoomLevel) -> bool:
    """Return whether the conditions of a rule are that the message is in this room, and no more."""
    return call.body.get("conditions") == [_match("room_id", _id(room))]


def _refusal() -> MatrixError:
    return MatrixError(
        400,
        "M_UNKNOWN",
        _(
            "This chat cannot notify by such a rule. Choose all messages, mentions only or nothing "
            "for a room."
        ),
    )
