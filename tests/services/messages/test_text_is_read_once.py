"""What is marked on the page is what is in the inbox, for any Markdown."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, create_engine

from models import Membership, Room, User
from services.accounts.names.name_rules import username_key
from services.backup import integrity
from services.db.sqlite import migrate
from services.mentions import mentions
from services.messages import edits, inbox, messages
from services.messages.rendering import facts, text
from tests.conftest import add_member, person
from tests.services.messages.test_messages import fresh

MEMBERS = ("asha", "bina", "dataclass", "asha.rao", "李明", "आशा")
MARKED = re.compile(r'<span class="mention" data-user-id="(\d+)">')


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("- ```py\n  @dataclass\n  class A: pass\n  ```\n\n@bina please look", ["bina"]),
        ("* ~~~\n  @asha\n  ~~~\n@bina", ["bina"]),
        ("- ```\n  foo\n\n  @asha\n  ```\n\n@bina look", ["bina"]),
        ("- a\n      ```\n@bina", ["bina"]),
        ("> - ```\n>   x\n>   ```\n\n@bina", ["bina"]),
        ("\\`@bina\\`", ["bina"]),
        ("@bina@social.example", []),
        # others of the kind
        ("1. ~~~\n   @dataclass\n   ~~~\n\n   @bina", ["bina"]),
        ("1) - ````\n     ```\n     @dataclass\n     ````\n@bina", ["bina"]),
        ("[@bina](https://example.org) @dataclass", ["dataclass"]),
        ("a `` ` @bina `` b @dataclass", ["dataclass"]),
        ("$x @bina$ @dataclass", ["dataclass"]),
        ("\\@bina", []),
        ("> ```\n> @bina\n\n@dataclass", ["dataclass"]),
        ("\t@bina", ["bina"]),
        ("| @bina |\n|-|\n| `@dataclass` |", ["bina"]),
        ("`@bina @dataclass", ["bina", "dataclass"]),
        ("@bina@dataclass and @bina.@dataclass", []),
        ("@dataclass\n" + "[x](https://a.b) " * 220, ["dataclass"]),  # shown as typed
    ],
)
async def test_who_is_marked_is_who_is_told(people, typed: str, named: list[str]) -> None:
    others = {name: await person(name) for name in ("bina", "dataclass")}
    for name in others:
        await add_member(people.asha, people.room, name)
    message, _is_new = await messages.send(people.asha, people.room, typed, fresh())
    html = text.finish(message.text, message.html, message.mentions)
    marked = {int(number) for number in MARKED.findall(html)}
    told = [name for name, viewer in others.items() if (await inbox.mine(viewer)).found]
    assert told == named
    assert marked == {others[name].user_id for name in named}


async def test_an_edit_tells_whom_it_marks(people) -> None:
    message, _is_new = await messages.send(people.asha, people.room, "@ben", fresh())
    await edits.edit(people.asha, people.room, message.seq, "- ```\n  @ben\n  ```\n\nsorry")
    assert (await messages.get(people.ben, people.room, message.seq)).mentions == ()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A room of all `MEMBERS`, in a database of its own."""
    file = tmp_path_factory.mktemp("members") / "chat.db"
    migrate.prepare(file, integrity.run)
    with Session(create_engine(f"sqlite:///{file}")) as session:
        session.add(Room(id=1, name="Study group", name_key="study group", kind="private"))
        for number, name in enumerate(MEMBERS, 1):
            key = username_key(name)
            session.add(
                User(
                    id=number,
                    username=name,
                    username_key=key,
                    skeleton=key,
                    display_name=name,
                    hue=0,
                    password_hash="",
                )
            )
            session.add(Membership(room_id=1, user_id=number))
        session.commit()
        yield session


MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from([f"@{name}" for name in (*MEMBERS, "nobody", "room", "ASHA", "asha님")]),
        st.sampled_from(
            [
                *(
                    "```",
                    "~~~",
                    "`",
                    "``",
                    "\n",
                    "\n\n",
                    "\n  ",
                    "\n    ",
                    "- ",
                    "1. ",
                    "> ",
                    "\t",
                    "# ",
                ),
                *(
                    " ",
                    "*",
                    "**",
                    "_",
                    "~~",
                    "\\",
                    "[",
                    "](https://a.org)",
                    "<https://a.org/",
                    ">",
                    "|",
                ),
                *(
                    "\n-|-\n",
                    "$",
                    "$$",
                    "@",
                    "/",
                    ".",
                    "@example.org",
                    "https://a.org/",
                    "你好",
                    "x",
                    "![",
                ),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=30,
).map("".join)


def check(session: Session, typed: str) -> None:
    """Assert that those who are marked on the page are those who would be told."""
    named = mentions.resolve(session, 1, 0, facts.names(text.render(typed)), may_mention_all=True)
    everybody = (
        *((name, number) for number, name in enumerate(MEMBERS, 1)),
        ("room", 0),
        ("here", 0),
    )
    marked = {int(number) for number in MARKED.findall(text.to_html(typed, everybody))}
    assert marked == set((named.mentions or {}).values())


@settings(deadline=None)
@given(typed=MARKDOWN)
def test_for_any_markdown(session: Session, typed: str) -> None:
    check(session, typed)


@pytest.mark.long  # the same for more
@settings(deadline=None, max_examples=5_000)
@given(typed=MARKDOWN)
def test_for_much_markdown(session: Session, typed: str) -> None:
    check(session, typed)


@settings(deadline=None)
@given(typed=MARKDOWN.filter(text.is_plain))
def test_a_plain_text_mentions_nobody_and_has_no_link(typed: str) -> None:
    assert not facts.names(text.render(typed))
    assert "<a " not in text.render(typed)
