"""Everything that the chat shows, and how one gets there: pages, what opens over them, and states.

`PAGES` and `OVERLAYS` are held against the code: see `test_every_view_is_visited`.
"""

import ast
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

import pyotp
from PIL import Image
from playwright.sync_api import Locator, expect

from models import MessageKind, RoomKind
from tests import postgres
from tests.browser import sticker_pictures, stored
from tests.browser.person import PASSWORD, Person
from tests.server import PROJECT, Server

CHAT_UI = PROJECT / "chat_ui"


@dataclass
class Scene:
    """A room in which a bit of everything was said, asha who looks at it, and her colleague ben."""

    asha: Person
    ben: Person
    server: Server
    room: int
    folder: Path
    enter: Callable[..., Person]
    newcomers: list[str] = field(default_factory=list)

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.asha.page.locator(".dialog")

    def seq(self, text: str) -> int:
        """Return the number of asha's or ben's message that says this."""
        return int(self.asha.message(text).get_attribute("data-seq") or 0)

    def act(self, action: str, text: str) -> None:
        """Choose something from a message's menu, as the page sends it."""
        self.asha.tell(
            "message_action", {"action": action, "room": self.room, "seq": self.seq(text)}
        )

    def newcomer(self) -> Person:
        """Return somebody with a new account and a browser that looks like asha's."""
        self.newcomers.append(f"dora{self.room}x{len(self.newcomers)}")
        return self.enter(self.newcomers[-1]).sign_up()


def prepare(scene: Scene) -> None:
    """Have asha and ben fill the room."""
    asha, ben, room = scene.asha, scene.ben, scene.room
    stored.put_messages(
        scene.server.data, room, ["Good morning", "Who brings the ball?"], author="ben"
    )
    for person in (asha, ben):
        person.open(room)
    ben.say("Hello @asha, see [the plan](https://example.org/plan)", "Take **two**")
    ben.say("nonsense", "spam")
    asha.say(
        f"```python\nfrom math import sqrt\nprint(sqrt({10**60}))\n```",
        "| where | g |\n|---|---|\n| Earth | 9.81 |\n\n> quoted\n\n# Head\n\n1. one\n\n- a\n- b",
        r"$t = \sqrt{\frac{2s}{g}}$ and `code`",
        "To be edited",
        "To be deleted",
        "🎉",
    )
    asha.sees("spam")
    plan = scene.seq("Hello @asha, see the plan")
    stored.put_preview(scene.server.data, room, plan, "https://example.org/plan")
    asha.tell(
        "send",
        {"room": room, "text": "An answer", "id": token_hex(16), "reply": scene.seq("Take two")},
    )
    asha.sees("An answer")
    asha.tell("edit", {"room": room, "seq": scene.seq("To be edited"), "text": "It was edited"})
    asha.sees("It was edited")
    for person in (asha, ben):
        react = {"room": room, "seq": scene.seq("Good morning"), "emoji": "👍", "on": True}
        person.tell("react", react)
    expect(asha.message("Good morning").locator(".reaction .many")).to_have_text("2")
    scene.act("pin", "Good morning")
    scene.act("save", "Take two")
    for number, text in enumerate(("To be deleted", "spam"), start=1):
        scene.act("delete", text)
        scene.dialog.locator("button[type=submit]").click()
        expect(asha.page.locator(".message.deleted")).to_have_count(number)
    _poll(asha, "Tea or coffee?")
    _poll(asha, "Which days?", multiple=True, anonymous=True)
    asha.message("Tea or coffee?").locator(".poll-option").first.click()
    _files(scene)
    _stickers(scene)
    asha.tell("message_action", {"action": "report", "room": room, "seq": scene.seq("nonsense")})
    scene.dialog.locator("button[type=submit]").click()
    expect(scene.dialog).to_have_count(0)
    ben.page.goto(f"{ben.address}/healthz")


def _poll(person: Person, question: str, **ticked: bool) -> None:
    person.tell("new_poll", {})
    form = person.page.get_by_test_id("new-poll")
    form.locator("[name=question]").fill(question)
    form.locator("[name=options]").fill("Tea\nCoffee")
    for name in ticked:
        form.locator(f"[name={name}]").check()
    form.locator("button[type=submit]").click()
    person.sees(question)
    expect(form).to_have_count(0)  # it may close later; the next one is filled by the same words


def _files(scene: Scene) -> None:
    """Send a picture, a sound, a text and what nothing is known of."""
    asha, folder = scene.asha, scene.folder
    Image.effect_mandelbrot((300, 200), (-2, -1.2, 1, 1.2), 40).save(folder / "sea.png")
    with wave.open(str(folder / "note.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * 40)
    (folder / "notes.txt").write_text("first line\nsecond line\n")
    (folder / "data.bin").write_bytes(bytes(range(256)))
    names = ("sea.png", "note.wav", "notes.txt", "data.bin")
    asha.page.get_by_test_id("file").set_input_files([str(folder / name) for name in names])
    expect(asha.page.locator(".tray-file")).to_have_count(len(names))
    asha.write("")
    expect(asha.page.locator(".message[data-seq] .file")).to_have_count(len(names))


def _stickers(scene: Scene) -> None:
    """Send one that moves, and keep one that does not."""
    sticker_pictures.keep(scene.asha, f"disc {scene.room}", sticker_pictures.still("tomato"))
    name = f"ball {scene.room}"
    number = sticker_pictures.keep(scene.asha, name, sticker_pictures.moving("gold"))
    scene.asha.tell("send", {"room": scene.room, "sticker": number, "id": token_hex(16)})
    expect(scene.asha.page.locator("[data-kind=sticker] [data-moving]")).to_have_count(1)


# -- pages -----------------------------------------------------------------------------------------

PAGES: dict[str, tuple[str, ...]] = {
    "/": ("/",),
    "/rooms": ("/rooms",),
    "/rooms/mine": ("/rooms/mine",),
    "/invitations": ("/invitations",),
    "/rooms/{room_id}": ("/rooms/{room}", "/rooms/{public}", "/rooms/{archived}"),
    "/rooms/{room_id}/messages/{seq}": ("/rooms/{room}/messages/1",),
    "/rooms/{room_id}/members": ("/rooms/{room}/members",),
    "/rooms/{room_id}/pins": ("/rooms/{room}/pins", "/rooms/{archived}/pins"),
    "/rooms/{room_id}/files": ("/rooms/{room}/files", "/rooms/{archived}/files"),
    "/rooms/{room_id}/search": ("/rooms/{room}/search", "/rooms/{room}/search?q=two"),
    "/rooms/{room_id}/people/{username}": ("/rooms/{room}/people/ben",),
    "/rooms/{room_id}/replies/{seq}": ("/rooms/{room}/replies/4", "/rooms/{room}/replies/1"),
    "/rooms/{room_id}/statistics": ("/rooms/{room}/statistics",),
    "/statistics": ("/statistics",),
    "/mentions": ("/mentions",),
    "/saved": ("/saved",),
    "/scheduled": ("/scheduled",),
    "/stickers": ("/stickers",),
    "/account": ("/account",),
    "/people": ("/people",),
    "/people/{username}": ("/people/ben", "/people/asha"),
    "/search": ("/search", "/search?q=two", "/search?q=nowhere", "/search?q=in:nowhere"),
    "/storage": ("/storage",),
    "/branding": ("/branding",),
    "/security": ("/security",),
    "/reports": ("/reports",),
    "/audit": ("/audit",),
    "anything else": ("/made-up",),
}
"""The addresses to visit, by the address under which a page is registered."""

OUTSIDE = ("/login", "/register", "/reset/made-up")
"""Pages for people who are not logged in."""


def addresses(scene: Scene) -> Iterator[str]:
    """Return all addresses of `PAGES`, for a scene."""
    data, people = scene.server.data, ["asha", "ben"]
    public = stored.make_room(data, f"Open {scene.room}", ["ben"], RoomKind.PUBLIC)
    archived = stored.make_room(data, f"Old {scene.room}", people)
    with postgres.connect(data) as database:
        database.execute("UPDATE rooms SET archived_at = '2026-01-01' WHERE id = ?", (archived,))
    for each in (address for group in PAGES.values() for address in group):
        yield each.format(room=scene.room, public=public, archived=archived)


# -- what opens over a page ------------------------------------------------------------------------

Open = Callable[[Scene], Person | None]
"""Opens something, and returns at whose browser, if it is not asha's."""

OVERLAYS: dict[str, Open] = {}
"""What opens over a page, by the module and the function that draws it."""
STATES: dict[str, Open] = {}
"""What else may be seen in a room."""


def overlay(drawn_by: str) -> Callable[[Open], Open]:
    """Register the opener of what this function draws."""

    def register(opener: Open) -> Open:
        OVERLAYS[drawn_by] = opener
        return opener

    return register


def state(opener: Open) -> Open:
    """Register what brings a state about."""
    STATES[opener.__name__] = opener
    return opener


def drawn_over_pages() -> set[str]:
    """Return the functions of `chat_ui` that draw a dialog or a popover."""
    found = set()
    for file in CHAT_UI.rglob("*.py"):
        where = file.relative_to(CHAT_UI).with_suffix("").as_posix()
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and any(map(_is_over, ast.walk(function))):
                found.add(f"{where}.{function.name}")
    return found - {"components/overlays/menu.draw"}  # the functions that call it are here


def _is_over(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    is_menu = called == "menu.draw" and bool(node.args)  # without, it is the menu of messages
    return (
        is_menu
        or called in {"dialog.show", "h.dialog"}
        or any(each.arg == "popover" for each in node.keywords)
    )


for _drawn_by, _event in {
    "components/keyboard/shortcuts.show": "shortcuts",
    "rooms/settings.show": "room_settings",
    "rooms/settings.ask_to_leave": "leave_room",
    "rooms/notifications/notification_settings.show": "notification_settings",
    "rooms/timeline/jump_to_date.show": "jump_to_date",
    "rooms/directory/create.show": "new_room",
    "messages/polls/poll.show_new": "new_poll",
}.items():

    @overlay(_drawn_by)
    def _ask(scene: Scene, event: str = _event) -> None:
        scene.asha.tell(event, {})
        scene.dialog.wait_for()


for _drawn_by, (_action, _text) in {
    "messages/read_receipts.show": ("receipts", "It was edited"),
    "messages/reactions/reactions.show_people": ("reactions", "Good morning"),
    "messages/reports.ask": ("report", "Take two"),
    "messages/dialogs.show_history": ("history", "It was edited"),
    "messages/dialogs.ask_to_delete": ("delete", "Take two"),
    "messages/polls/poll.ask_to_close": ("close_poll", "Tea or coffee?"),
}.items():

    @overlay(_drawn_by)
    def _act(scene: Scene, action: str = _action, text: str = _text) -> None:
        scene.act(action, text)
        scene.dialog.wait_for()


@overlay("rooms/members/member_dialog.show")
def _member(scene: Scene) -> None:
    scene.asha.open(f"/rooms/{scene.room}/members")
    scene.asha.page.locator(".panel [data-action=press]").click()
    scene.asha.page.get_by_test_id("remove-member").wait_for(state="attached")


@overlay("admin/audit_log.show")
def _room_log(scene: Scene) -> None:
    scene.asha.tell("room_settings", {})
    scene.dialog.get_by_test_id("room-log").click()
    scene.asha.page.get_by_test_id("audit").wait_for()


def _open_webhooks(scene: Scene) -> None:
    scene.asha.tell("room_settings", {})
    scene.dialog.get_by_test_id("room-webhooks").click()
    scene.dialog.get_by_label("Name of the program").wait_for()  # the room has a name, too


@overlay("rooms/webhooks.show_address")
def _webhook_address(scene: Scene) -> None:
    _open_webhooks(scene)
    scene.dialog.get_by_label("Name of the program").fill("Grafana")
    scene.dialog.get_by_role("button", name="Create webhook").click()
    scene.asha.page.get_by_test_id("webhook-address").wait_for()


@overlay("rooms/webhooks.show")
def _webhooks(scene: Scene) -> None:
    _webhook_address(scene)
    scene.dialog.get_by_text("Back to webhooks").click()
    scene.asha.page.get_by_test_id("webhooks").wait_for()


@overlay("rooms/webhooks.show_one")
def _webhook(scene: Scene) -> None:
    _webhooks(scene)
    scene.asha.page.get_by_test_id("webhooks").get_by_role("button").first.click()
    scene.asha.page.get_by_test_id("remove-webhook").wait_for(state="attached")


@overlay("messages/reports.show")
def _room_reports(scene: Scene) -> None:
    scene.asha.tell("room_settings", {})
    scene.dialog.get_by_test_id("room-reports").click()
    expect(scene.dialog).to_contain_text("nonsense")


@overlay("admin/account.show")
def _account(scene: Scene) -> None:
    scene.asha.page.goto(f"{scene.asha.address}/people")
    scene.asha.page.get_by_test_id("manage-account").first.click()
    scene.dialog.wait_for()


@overlay("admin/users.show_link")
def _invite(scene: Scene) -> None:
    scene.asha.page.goto(f"{scene.asha.address}/people")
    scene.asha.page.locator(".inline-form button").click()
    scene.dialog.locator(".qr svg").wait_for()


@overlay("people/second_factor.show_app")
def _app(scene: Scene) -> Person:
    return _begin_app(scene)


def _begin_app(scene: Scene) -> Person:
    dora = scene.newcomer()
    dora.page.goto(f"{dora.address}/account")
    dora.page.locator(".card .entry button", has_text="Set up").click()
    dora.page.get_by_test_id("secret").wait_for()
    return dora


@overlay("people/second_factor.show_codes")
def _codes(scene: Scene) -> Person:
    dora = _begin_app(scene)
    secret = dora.page.get_by_test_id("secret").inner_text().replace(" ", "")
    dora.page.fill(".dialog input[name=code]", pyotp.TOTP(secret).now())
    dora.page.locator(".dialog button[type=submit]").click()
    dora.page.get_by_test_id("recovery-codes").wait_for()
    return dora


def _account_of_newcomer(scene: Scene, button: str) -> Person:
    dora = scene.newcomer()
    dora.page.goto(f"{dora.address}/account")
    card = dora.page.locator(".card", has_text="Phone apps and bots")
    card.get_by_role("button", name=button, exact=True).click()
    dora.page.locator(".dialog").wait_for()
    return dora


@overlay("people/apps_and_bots.show_address")
def _address_for_apps(scene: Scene) -> Person:
    dora = _account_of_newcomer(scene, "Show")
    dora.page.locator(".dialog .qr svg").wait_for()
    return dora


@overlay("people/apps_and_bots.show_new")
def _new_token(scene: Scene) -> Person:
    return _account_of_newcomer(scene, "New token")


@overlay("people/apps_and_bots.show_token")
def _made_token(scene: Scene) -> Person:
    dora = _new_token(scene)
    dora.page.fill(".dialog input[name=name]", "Tea reminder")
    dora.page.locator(".dialog button[type=submit]").click()
    dora.page.locator(".dialog input[name=token]").wait_for()
    return dora


@overlay("people/reauthentication.show")
def _who(scene: Scene) -> Person:
    dora = scene.newcomer()
    with postgres.connect(scene.server.data) as database:
        database.execute("UPDATE sessions SET confirmed_at = NULL")
    dora.page.goto(f"{dora.address}/account")
    dora.page.locator(".card .entry button", has_text="Set up").click()
    dora.page.locator(".dialog input[name=password]").wait_for()
    return dora


@overlay("people/user_menu._draw")
def _user_menu(scene: Scene) -> None:
    the_rooms_are_open(scene)
    scene.asha.page.get_by_test_id("user-menu").click()
    scene.asha.page.locator("#user-menu").wait_for()


@overlay("messages/menu.draw")
def _message_menu(scene: Scene) -> None:
    scene.asha.message("It was edited").focus()
    scene.asha.page.keyboard.press("Enter")
    scene.asha.page.locator("#message-choices").wait_for()


@overlay("components/overlays/overflow_menu.draw")
def _tools(scene: Scene) -> None:
    button = scene.asha.page.locator("[popovertarget=compose-tools]")
    if button.is_visible():
        button.click()
    scene.asha.page.locator("#compose-tools button").first.wait_for()


@overlay("rooms/composer/send_later.draw")
def _send_later(scene: Scene) -> None:
    scene.asha.composer.fill("Later")
    if scene.asha.has_fingers_only:
        scene.asha.page.locator("[popovertarget=compose-tools]").click()
        scene.asha.page.locator("#compose-tools [data-action=send-later]").click()
    else:
        scene.asha.page.locator(".composer > .later-button").click()
    scene.asha.page.locator("#send-later button").first.wait_for()


@overlay("rooms/composer/send_later.ask")
def _choose_time(scene: Scene) -> None:
    _send_later(scene)
    scene.asha.page.locator("#send-later [data-at=choose]").click()
    scene.dialog.wait_for()


@overlay("components/emoji/emoji_picker._make")
def _emoji(scene: Scene) -> None:
    scene.asha.page.locator(".composer [data-action=emoji]").click()
    scene.asha.page.get_by_test_id("emoji-picker").wait_for()


@overlay("messages/stickers.ask_to_remove")
def _remove_sticker(scene: Scene) -> None:
    scene.asha.page.goto(f"{scene.asha.address}/stickers")
    entry = scene.asha.page.locator(".sticker-entry", has_text="Coffee")
    entry.get_by_role("button", name="Remove").click()
    scene.dialog.wait_for()


@overlay("messages/stickers.ask_name")
def _name_sticker(scene: Scene) -> None:
    seq = scene.asha.page.locator(".message:has(a.picture)").get_attribute("data-seq")
    choice = {"action": "sticker", "room": scene.room, "seq": int(seq or 0)}
    scene.asha.tell("message_action", choice)
    scene.dialog.wait_for()


@overlay("components/overlays/lightbox.draw")
def _picture(scene: Scene) -> None:
    scene.asha.page.locator(".message a.picture").click()
    scene.asha.page.locator("#viewer img").wait_for()


@overlay("search/quick_switcher._box")
def _switcher(scene: Scene) -> None:
    scene.asha.page.keyboard.press("Control+k")
    scene.asha.page.locator(".switcher-found").first.wait_for()


@overlay("people/profile.draw_card_place")
def _profile_card(scene: Scene) -> None:
    scene.asha.page.locator(".message:not([data-state]) .author").first.click()
    scene.asha.page.locator("#profile-card .profile").wait_for()


@overlay("rooms/room_menu._draw")
def _room_menu(scene: Scene) -> None:
    scene.asha.page.locator("[popovertarget=room-tools]").click()
    scene.asha.page.locator("#room-tools button").first.wait_for()


@overlay("layout._new")
def _new(scene: Scene) -> None:
    """A phone has a button for it in the list of rooms."""
    the_rooms_are_open(scene)
    button = scene.asha.page.locator("[popovertarget=begin]")
    if button.is_visible():
        button.click()
        scene.asha.page.locator("#begin button").first.wait_for()


# -- states of a room ------------------------------------------------------------------------------


@state
def a_reply_is_written(scene: Scene) -> None:
    """With the bar above the composer."""
    scene.asha.message("Take two").focus()
    scene.asha.page.keyboard.press("r")
    scene.asha.page.locator(".composing").wait_for()


@state
def a_message_is_previewed(scene: Scene) -> None:
    """In the composer, in place of its text."""
    scene.asha.composer.fill("**Bold**, $x^2$, @ben\n\n```python\nprint(1)\n```")
    scene.asha.composer.press("Alt+p")
    scene.asha.page.get_by_test_id("preview").locator(".code").wait_for()


@state
def names_are_suggested(scene: Scene) -> None:
    """In the list above the composer."""
    scene.asha.composer.fill("")
    scene.asha.composer.press_sequentially("@be")
    scene.asha.page.locator(".completion li").first.wait_for()


@state
def stickers_are_offered(scene: Scene) -> None:
    """Beside the emoji."""
    _emoji(scene)
    scene.asha.page.locator("button[data-tab=stickers]").click()
    scene.asha.page.locator("[data-sticker]").first.wait_for()


@state
def a_sticker_plays(scene: Scene) -> None:
    """Where less motion is wanted, as in these views, it stands still until it is pressed."""
    scene.asha.open(scene.room)
    scene.asha.page.locator("[data-kind=sticker] [data-moving]").click()
    scene.asha.page.locator("[data-kind=sticker] [data-plays]").wait_for()


@state
def files_wait_to_be_sent(scene: Scene) -> None:
    """In the tray above the composer."""
    scene.asha.page.get_by_test_id("file").set_input_files(str(scene.folder / "sea.png"))
    scene.asha.page.locator(".tray-file").wait_for()


@state
def a_message_is_too_long(scene: Scene) -> None:
    """With the count below the composer."""
    scene.asha.composer.fill("long " * 2500)
    scene.asha.page.locator(".hint[data-says=over]").wait_for()


@state
def a_message_has_the_focus(scene: Scene) -> None:
    """With the bar beside it."""
    scene.asha.composer.press("Alt+ArrowUp")
    scene.asha.page.locator(".message:focus").wait_for()


@state
def the_connection_is_lost(scene: Scene) -> None:
    """And a message waits."""
    scene.asha.complaints.expect("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")
    scene.asha.context.set_offline(True)
    scene.asha.connection.wait_for()
    scene.asha.write("It will be sent")
    scene.asha.page.locator(".message[data-state=sending]").wait_for()


@state
def something_is_refused(scene: Scene) -> None:
    """With its sentence at the top of the page."""
    scene.asha.tell("navigate", {"path": 1})
    scene.asha.page.locator(".said").wait_for()


@state
def a_message_is_sent_later(scene: Scene) -> None:
    """With the line above the composer, and the sentence with Undo."""
    _send_later(scene)
    scene.asha.page.locator("#send-later [data-at=tomorrow]").click()
    scene.asha.page.get_by_test_id("will-be-sent").wait_for()
    scene.asha.page.locator(".toast").wait_for()


@state
def scheduled_messages_are_listed(scene: Scene) -> None:
    """One waits, and one could not be sent."""
    with postgres.connect(scene.server.data) as database:
        for number, refusal in enumerate(("", "This room is archived: you can only read it.")):
            database.execute(
                "INSERT OR REPLACE INTO scheduled_messages (user_id, client_message_id, room_id,"
                " text, html_version, language, send_at, created_at, refusal)"
                " SELECT id, ?, ?, 'See you', 0, 'en', '2099-01-01 09:00:00.000000',"
                " '2026-01-01 09:00:00.000000', ? FROM users WHERE username = 'asha'",
                (f"listed-{number}", scene.room, refusal),
            )
    scene.asha.page.goto(f"{scene.asha.address}/scheduled")
    scene.asha.page.get_by_test_id("scheduled").locator(".later").first.wait_for()


@state
def a_room_is_encrypted(scene: Scene) -> None:
    """Something was said before; nothing may be written here."""
    data = scene.server.data
    room = stored.make_room(data, "Plans", ["asha", "ben"])
    stored.put_messages(data, room, ["Good morning"], author="ben")
    kinds = [MessageKind.ENCRYPTED, MessageKind.ENCRYPTED_EDIT, MessageKind.ENCRYPTED]
    for author in ("ben", "asha"):
        stored.put_encrypted(data, room, kinds, author=author)
    scene.asha.open(room)
    scene.asha.page.get_by_test_id("encrypted-note").wait_for()


@state
def somebody_is_typing(scene: Scene) -> None:
    """Below the messages."""
    scene.ben.open(scene.room).composer.press_sequentially("hm")
    scene.asha.page.locator(".typists", has_text="ben").wait_for()


@state
def there_is_a_notice_about_the_account(scene: Scene) -> Person:
    """After a login on another device."""
    dora = scene.newcomer().open()
    scene.enter(dora.name).log_in()
    dora.page.get_by_test_id("security-notice").wait_for()
    return dora


@state
def a_message_is_forwarded(scene: Scene) -> None:
    """With a conversation picked, and space for a note."""
    message = scene.asha.message("It was edited")
    message.focus()
    scene.asha.page.keyboard.press("Enter")
    message.locator(".choices [data-does=forward]").click()
    scene.asha.page.locator(".switcher-found").first.click()
    scene.asha.page.locator(".switcher textarea").wait_for()


@state
def the_rooms_are_open(scene: Scene) -> None:
    """On a phone: over the room."""
    button = scene.asha.page.locator(".room-header [data-action=rooms]")
    if button.is_visible():
        button.click()
        scene.asha.page.locator(".rooms-open .sidebar").wait_for()


@state
def what_was_done_can_be_undone(scene: Scene) -> None:
    """With the sentence at the bottom."""
    other = stored.make_room(scene.server.data, "Soon archived", ["asha"])
    scene.asha.open(other).tell("room_settings", {})
    scene.dialog.get_by_test_id("archive-room").click()
    scene.asha.page.locator(".toast").wait_for()


@state
def a_login_is_refused(scene: Scene) -> Person:
    """With the sentence above the form."""
    stranger = scene.enter("nobody")
    stranger.complaints.expect("401")
    stranger.page.goto(f"{stranger.address}/login")
    stranger.page.fill("input[name=username]", "asha")
    stranger.page.fill("input[name=password]", PASSWORD + "!")
    stranger.page.click(".card button[type=submit]")
    stranger.page.locator(".sentence:not(:empty)").first.wait_for()
    return stranger
