"""The webhooks of a room, and their bots: accounts with which nobody can do anything else."""

from itertools import islice

import pytest
from msgspec.structs import replace
from sqlmodel import Session, select

from models import Action, Role, SessionKind, User, Webhook
from services.accounts import accounts, administration, bots
from services.accounts import people as people_service
from services.accounts.names.name_rules import check_username
from services.accounts.passwords import password_login, password_resets
from services.accounts.sessions import sessions
from services.accounts.sessions.browsers_only import BrowserNeeded
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.errors import Conflict, Forbidden, NotFound, RateLimited, ServiceError
from services.core.text import MESSAGE_LIMIT
from services.db import database
from services.mentions import autocomplete
from services.messages import history, messages
from services.rooms import moderation_log, quick_search, rooms, settings
from services.rooms.members import direct_messages, memberships
from services.rooms.reading import receipts
from services.webhooks import posting, webhooks
from services.webhooks.posting import NoWebhook
from services.webhooks.webhooks import MAX_WEBHOOKS, WebhookView
from tests.conftest import HERE, PASSWORD, People, person


async def only(viewer: CurrentUser, room: int) -> WebhookView:
    [found] = await webhooks.of_room(viewer, room)
    return found


async def post(token: str, text: str) -> int:
    message = await posting.post(await posting.find(HERE, token), text)
    return message.seq


async def bot_of(people: People, name: str = "Grafana") -> WebhookView:
    await webhooks.create(people.asha, people.room, name)
    return await only(people.asha, people.room)


# -- posting ---------------------------------------------------------------------------------------


async def test_a_program_posts_as_the_bot(people: People, published: list[object]) -> None:
    token = await webhooks.create(people.asha, people.room, "Grafana")
    seq = await post(token, "Disk is **full**, @ben")
    message = await messages.get(people.ben, people.room, seq)
    assert (message.author.username, message.author.display_name) == ("grafana-bot", "Grafana")
    assert message.is_bot
    assert message.mentions == (("ben", people.ben.user_id),)
    assert "<strong>full</strong>" in str(message.html)
    [sent] = [each for each in published if isinstance(each, events.MessageSent)]
    assert sent.message == message
    assert (await only(people.asha, people.room)).last_used_at is not None


async def test_what_people_write_is_not_marked_as_a_bots(people: People) -> None:
    sent, _new = await messages.send(people.ben, people.room, "Hello", "of-ben-12345")
    assert not sent.is_bot
    assert not (await messages.get(people.asha, people.room, sent.seq)).is_bot


async def test_the_token_is_not_stored(people: People) -> None:
    token = await webhooks.create(people.asha, people.room, "Grafana")
    stored = await database.read(lambda session: session.exec(select(Webhook)).one())
    assert token not in repr(stored.model_dump())


@pytest.mark.parametrize("token", ["", "made-up", "x" * 43, "x" * 5000, "é" * 43, "\ud800" * 43])
async def test_an_address_that_is_none(people: People, token: str) -> None:
    await webhooks.create(people.asha, people.room, "Grafana")
    with pytest.raises(NoWebhook):
        await posting.find(HERE, token)


async def test_guesses_are_limited_but_a_right_address_works(people: People) -> None:
    token = await webhooks.create(people.asha, people.room, "Grafana")
    for _guess in range(20):
        with pytest.raises(NoWebhook):
            await posting.find(HERE, "x" * 43)
    with pytest.raises(RateLimited):
        await posting.find(HERE, "x" * 43)
    assert await post(token, "Hello")


async def test_one_webhook_posts_so_often(people: People) -> None:
    busy = await webhooks.create(people.asha, people.room, "Busy")
    other = await webhooks.create(people.asha, people.room, "Other")
    for number in range(60):
        await post(busy, f"Number {number}")
    with pytest.raises(RateLimited):
        await post(busy, "Once more")
    assert await post(other, "Hello")


async def test_what_one_persons_webhooks_post_is_paid_for_together(people: People) -> None:
    busy = await webhooks.create(people.asha, people.room, "Busy")
    other = await webhooks.create(people.asha, people.room, "Other")
    await memberships.change_role(people.asha, people.room, people.ben.user_id, Role.MODERATOR)
    of_ben = await webhooks.create(people.ben, people.room, "Of ben")
    seconds = app_context.current().rate_limits.rendering
    seconds.spend((await posting.find(HERE, busy)).payer, 3.5)
    for token in (busy, other):
        with pytest.raises(RateLimited):
            await post(token, "*Much* of it")
    assert await post(of_ben, "*Little* of it")
    sent, _new = await messages.send(people.asha, people.room, "*By* hand", "by-hand-12345")
    assert sent.html


async def test_a_long_text_is_cut(people: People) -> None:
    token = await webhooks.create(people.asha, people.room, "Grafana")
    seq = await post(token, "word " * 2000)
    text = (await messages.get(people.ben, people.room, seq)).text
    assert len(text) <= MESSAGE_LIMIT
    assert text.endswith("word…")


async def test_where_only_moderators_write_and_in_an_archived_room(people: People) -> None:
    token = await webhooks.create(people.asha, people.room, "Grafana")
    await settings.announce(people.asha, people.room, on=True)
    assert await post(token, "Version 2 is out")
    await settings.archive(people.asha, people.room, on=True)
    with pytest.raises(Forbidden):
        await post(token, "Version 3 is out")


async def test_it_cannot_mention_everybody(people: People) -> None:
    token = await webhooks.create(people.asha, people.room, "Grafana")
    seq = await post(token, "@room and @here: look")
    assert (await messages.get(people.ben, people.room, seq)).mentions == ()


async def test_a_removed_one_posts_no_more_and_its_messages_stay(people: People) -> None:
    token = await webhooks.create(people.asha, people.room, "Grafana")
    known = await posting.find(HERE, token)
    seq = await post(token, "Disk is full")
    hook = await only(people.asha, people.room)
    await webhooks.remove(people.asha, people.room, hook.webhook_id)
    assert await webhooks.of_room(people.asha, people.room) == []
    for attempt in (post(token, "Hello"), posting.post(known, "Hello")):
        with pytest.raises(NotFound):
            await attempt
    assert (await messages.get(people.ben, people.room, seq)).author == hook.bot
    assert (await memberships.members(people.asha, people.room)).total == 2
    with pytest.raises(NotFound, match="already removed"):
        await webhooks.remove(people.asha, people.room, hook.webhook_id)


async def test_a_new_one_of_that_name_is_the_same_author(people: People) -> None:
    """As after an address got into the wrong hands."""
    await post(await webhooks.create(people.asha, people.room, "Grafana"), "Before")
    before = await only(people.asha, people.room)
    await webhooks.remove(people.asha, people.room, before.webhook_id)
    await post(await webhooks.create(people.asha, people.room, "Grafana"), "After")
    assert (await only(people.asha, people.room)).bot == before.bot
    other = await rooms.create(people.asha, name="Elsewhere", topic="", private=True)
    await webhooks.create(people.asha, other, "Grafana")
    assert (await only(people.asha, other)).bot.username == "grafana-bot-2"


async def test_bots_do_not_gather_where_one_is_created_and_removed(people: People) -> None:
    known = set()
    for _time in range(3):
        hook = await bot_of(people)
        known.add(hook.bot.user_id)
        await webhooks.remove(people.asha, people.room, hook.webhook_id)
    assert len(known) == 1


async def test_a_deleted_room_takes_no_more(people: People) -> None:
    token = await webhooks.create(people.asha, people.room, "Grafana")
    bot = (await only(people.asha, people.room)).bot
    await settings.delete(people.asha, people.room, "Study group")
    with pytest.raises(NoWebhook):
        await posting.find(HERE, token)
    stored = await database.read(lambda session: session.get_one(User, bot.user_id))
    assert stored.disabled_at


# -- who, and how many -----------------------------------------------------------------------------


async def test_what_was_done_is_in_the_moderation_log(people: People) -> None:
    hook = await bot_of(people)
    await webhooks.remove(people.asha, people.room, hook.webhook_id)
    entries = await moderation_log.of_room(people.asha, people.room)
    done = [(each.action, each.actor.username, each.person) for each in entries]
    assert done[:2] == [
        (Action.WEBHOOK_REMOVED, "asha", hook.bot),
        (Action.WEBHOOK_CREATED, "asha", hook.bot),
    ]


async def test_a_room_has_so_many(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_WEBHOOKS", 2)
    assert MAX_WEBHOOKS == 10
    for name in ("One", "Two"):
        await webhooks.create(people.asha, people.room, name)
    with pytest.raises(Forbidden, match="at most"):
        await webhooks.create(people.asha, people.room, "Three")


@pytest.mark.parametrize("name", ["", "  ", "\u200b", None, 5, "a" * 41, "a@b", "a\ud800"])
async def test_a_name_that_is_none(people: People, name: object) -> None:
    with pytest.raises(ServiceError) as refused:
        await webhooks.create(people.asha, people.room, name)
    assert refused.value.about == "name"


async def test_only_administrators_let_a_program_speak_for_the_chat(people: People) -> None:
    room = await rooms.create(people.ben, name="Of ben", topic="", private=True)
    with pytest.raises(Conflict) as refused:
        await webhooks.create(people.ben, room, "Administrator")
    assert refused.value.about == "name"
    await webhooks.create(people.asha, people.room, "Administrator")


@pytest.mark.parametrize("kind", [SessionKind.APP, SessionKind.BOT])
async def test_no_program_creates_a_webhook_or_speaks_for_the_chat(
    people: People, kind: SessionKind
) -> None:
    hook = await bot_of(people)
    program = replace(people.asha, kind=kind)
    with pytest.raises(BrowserNeeded):
        await webhooks.create(program, people.room, "Mine")
    with pytest.raises(Conflict):
        await webhooks.rename(program, people.room, hook.webhook_id, "System")
    await webhooks.rename(program, people.room, hook.webhook_id, "Alerts")
    await webhooks.rename(people.asha, people.room, hook.webhook_id, "System")


async def test_renaming(people: People, published: list[object]) -> None:
    hook = await bot_of(people)
    await webhooks.rename(people.asha, people.room, hook.webhook_id, "Alerts")
    found = await only(people.asha, people.room)
    assert (found.bot.display_name, found.bot.username) == ("Alerts", "grafana-bot")
    changed = [each.person for each in published if isinstance(each, events.PersonChanged)]
    assert found.bot in changed
    other = await rooms.create(people.asha, name="Elsewhere", topic="", private=True)
    with pytest.raises(NotFound):
        await webhooks.rename(people.asha, other, hook.webhook_id, "Mine")


async def test_nobody_passes_for_somebody(people: People) -> None:
    hook = await bot_of(people, "Asha")
    assert hook.bot.display_name == f"Asha @{hook.bot.username}"
    shown = await people_service.profile(people.ben, "asha")
    assert shown.display_name == "asha @asha"


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Grafana", "grafana-bot"),
        ("Uptime Kuma (prod)", "uptime-kuma-prod-bot"),
        ("ग्राफ़ाना", "webhook-bot"),  # its letters may not stand beside those of "bot"
        ("🔥", "webhook-bot"),
        ("a" * 40, "a" * 22 + "-bot"),
        ("---", "webhook-bot"),
    ],
)
async def test_a_username_is_made_of_the_name(people: People, name: str, username: str) -> None:
    assert (await bot_of(people, name)).bot.username == username


async def test_a_username_that_is_taken(people: People) -> None:
    await person("Grafana-Bot")
    assert (await bot_of(people)).bot.username == "grafana-bot-2"


def test_usernames_of_many_bots_of_one_name() -> None:
    tried = list(islice(bots._usernames("Grafana"), 40))
    assert tried[:3] == ["grafana-bot", "grafana-bot-2", "grafana-bot-3"]
    assert len(set(tried[9:])) > 25  # by chance
    longest = islice(bots._usernames("a" * 40), 40)
    assert all(check_username(each) == each for each in [*tried, *longest])


async def test_many_bots_of_one_name(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    is_free = bots._is_free

    def counted(session: Session, username: str) -> bool:
        nonlocal asked
        asked += 1
        return is_free(session, username)

    def create(session: Session) -> set[str]:
        return {bots.create(session, "Grafana")[0].username for _bot in range(60)}

    monkeypatch.setattr(bots, "_is_free", counted)
    assert len(await database.write(create)) == 60
    assert asked < 60 * (bots.MAX_COUNTED + 2)


# -- a bot is no person ----------------------------------------------------------------------------


async def test_nobody_logs_in_as_a_bot(people: People) -> None:
    bot = (await bot_of(people)).bot
    for password in (PASSWORD, "", bots.NO_PASSWORD):
        with pytest.raises(password_login.WrongPassword):
            await accounts.login(HERE, bot.username, password)
    with pytest.raises(NotFound):
        await password_resets.create(people.asha, bot.user_id)
    with pytest.raises(NotFound):
        await password_resets.create_in_terminal(bot.username)
    with pytest.raises(sessions.AccountDisabled):
        await database.write(lambda session: sessions.add(session, bot.user_id, HERE))


async def test_administrators_manage_people(people: People) -> None:
    bot = (await bot_of(people)).bot
    listed = [each.username for each in await administration.list_all(people.asha)]
    assert listed == ["asha", "ben", "chen"]
    for act in (
        administration.get(people.asha, bot.user_id),
        administration.set_admin(people.asha, bot.user_id, on=True),
        administration.enable(people.asha, bot.user_id),
        administration.disable(people.asha, bot.user_id),
        administration.end_sessions(people.asha, bot.user_id),
    ):
        with pytest.raises(NotFound):
            await act


async def test_nobody_talks_to_a_bot_or_takes_it_elsewhere(people: People) -> None:
    bot = (await bot_of(people)).bot
    other = await rooms.create(people.asha, name="Elsewhere", topic="", private=True)
    with pytest.raises(NotFound):
        await memberships.add(people.asha, other, bot.username)
    with pytest.raises(NotFound):
        await direct_messages.open(people.asha, [bot.username])
    assert await quick_search.find(people.ben, "grafana") == []
    assert await autocomplete.complete(people.ben, people.room, "graf") == []
    sent, _new = await messages.send(people.ben, people.room, f"@{bot.username}", "to-a-bot-123")
    assert sent.mentions == ()


async def test_it_has_no_role_and_leaves_with_its_webhook(people: People) -> None:
    bot = (await bot_of(people)).bot
    for act in (
        memberships.remove(people.asha, people.room, bot.user_id),
        memberships.change_role(people.asha, people.room, bot.user_id, Role.MODERATOR),
        memberships.hand_over(people.asha, people.room, bot.user_id),
    ):
        with pytest.raises(ServiceError, match="This is a webhook"):
            await act


async def test_it_is_listed_as_a_bot_and_not_counted(people: People) -> None:
    bot = (await bot_of(people, "Aaa")).bot
    found = await memberships.members(people.ben, people.room)
    assert [(each.username, each.is_bot) for each in found.found] == [
        ("asha", False),
        ("ben", False),
        (bot.username, True),
    ]
    assert found.total == 2
    crowd = await rooms.crowd(people.room)
    assert (crowd.count, [each.username for each in crowd.some]) == (2, ["asha", "ben"])
    assert (await people_service.profile(people.ben, bot.username)).is_bot
    assert not (await people_service.profile(people.ben, "asha")).is_bot


async def test_public_rooms_count_people(people: People) -> None:
    room = await rooms.create(people.asha, name="Market", topic="", private=False)
    await webhooks.create(people.asha, room, "Grafana")
    listed = {each.room_id: each.members for each in await rooms.discover(people.chen)}
    assert listed[room] == 1
    assert (await rooms.visit(people.chen, room)).members == 1  # type: ignore[union-attr]


async def test_a_bot_never_owns_a_room(people: People) -> None:
    room = await rooms.create(people.asha, name="Market", topic="", private=False)
    await webhooks.create(people.asha, room, "Grafana")
    await memberships.leave(people.asha, room)
    await memberships.join(people.chen, room)
    assert (await rooms.get(people.chen, room)).role == Role.OWNER


async def test_a_bot_holds_no_receipt_back(people: People) -> None:
    await bot_of(people)
    sent, _new = await messages.send(people.asha, people.room, "Read this", "for-receipts")
    readers = await receipts.of(people.asha, people.room, sent.seq)
    everybody = (*readers.read, *readers.delivered, *readers.waiting)
    assert [each.username for each in everybody] == ["ben"]


async def test_its_messages_are_read_as_others(people: People) -> None:
    seq = await post(await webhooks.create(people.asha, people.room, "Grafana"), "Hello")
    found = await history.around(people.ben, people.room, seq)
    assert any(each.is_bot and each.seq == seq for each in found.messages)
