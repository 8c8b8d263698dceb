"""A refusal says which argument it is about, as far as it is about one."""

import pytest

from services.accounts import accounts, preferences
from services.core.errors import NotFound, RateLimited, ServiceError, Unavailable, about
from services.messages import polls
from services.registration import invites
from services.rooms import rooms, settings
from services.rooms.members import memberships
from services.search import search
from tests.services.messages.test_messages import fresh


def refused_by(raised: ServiceError) -> str:
    with pytest.raises(ServiceError) as refused, about("outer"), about("inner"):
        raise raised
    return refused.value.about


def test_the_outermost_block_names_it() -> None:
    assert refused_by(ServiceError("No.")) == "outer"
    assert refused_by(NotFound(about="id")) == "outer"
    assert ServiceError("No.", about="name").about == "name"


def test_what_no_argument_can_mend_is_about_none() -> None:
    assert refused_by(RateLimited(3)) == refused_by(Unavailable("Later.")) == ""


TOWER = "e" + "\u0301" * 40


async def test_services_say_which_argument_it_is(people) -> None:
    """Each is the name of a field, too: tests/browser/test_refusals.py."""
    asha, room = people.asha, people.room
    await rooms.create(asha, name="Market", topic="", private=False)
    for expected, asked in (
        ("name", rooms.create(asha, name="", topic="", private=True)),
        ("name", rooms.create(asha, name="Market", topic="", private=False)),
        ("topic", rooms.create(asha, name="Chess", topic=TOWER, private=True)),
        ("topic", settings.change(asha, room, name="Chess", topic=TOWER)),
        ("typed_name", settings.delete(asha, room, "")),
        ("typed_name", settings.delete(asha, room, "Chess")),
        ("username", memberships.add(asha, room, "nobody")),
        ("username", memberships.add(asha, room, "ben")),
        ("question", polls.send(asha, room, "", ["yes", "no"], fresh())),
        ("options", polls.send(asha, room, "When?", ["yes"], fresh())),
        ("options", polls.send(asha, room, "When?", ["yes", ""], fresh())),
        ("minutes", polls.send(asha, room, "When?", ["yes", "no"], fresh(), minutes=10**9)),
        ("display_name", accounts.change_profile(asha, display_name="a@b", hue=1)),
        ("about", accounts.change_profile(asha, display_name="Asha", hue=1, about=TOWER)),
        ("hue", accounts.change_profile(asha, display_name="Asha", hue=400)),
        ("old", accounts.change_password(asha, "wrong", "another good battery")),
        ("days", invites.create(asha, days=0, uses=1)),
        ("uses", invites.create(asha, days=1, uses=0)),
        ("day", search.seq_on(asha, room, "someday")),
    ):
        with pytest.raises(ServiceError) as refused:
            await asked
        assert refused.value.about == expected, refused.value.message
    for begins, ends, expected in (
        ("22:00", "", "quiet_until"),
        ("", "07:00", "quiet_from"),
        ("22:00", "noon", "quiet_until"),
        ("22:00", "22:00", "quiet_until"),
    ):
        with pytest.raises(ServiceError) as refused:
            await preferences.change(
                asha,
                shows_receipts=True,
                shows_last_seen=True,
                has_sound=True,
                quiet_from=begins,
                quiet_until=ends,
            )
        assert refused.value.about == expected


async def test_what_is_about_the_whole_says_so(people) -> None:
    await settings.archive(people.asha, people.room, on=True)
    with pytest.raises(ServiceError) as refused:
        await polls.send(people.ben, people.room, "When?", ["yes", "no"], fresh())
    assert refused.value.about == ""
