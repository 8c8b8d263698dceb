"""The stickers that a chat begins with: our own drawings, which come with the program.

Nobody has made them in the chat, so they are no rows and count towards nobody's quota. What is
stored is which of them administrators have hidden or removed, and a copy of the file among those
of messages once one is sent. They are drawn by `docs/make_stickers.py`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import copy_context
from functools import cache, partial
from pathlib import Path

from msgspec import Struct
from sqlmodel import Session, select

from models import HiddenStarter
from services.core.i18n import N_, languages, set_language, translate
from services.db import database
from services.files import orphans
from services.files.stickers import sticker_files
from services.files.stickers.starter_facts import FACTS

FOLDER = Path(__file__).parent / "starters"
FIRST_ID = 10**12
"""The id of the first; those that people make count from 1."""


class Starter(Struct, frozen=True):
    """One of them."""

    key: str
    """It never changes, even if the name does."""
    name: str
    words: str
    """What else it is found by. Like the name in English, and marked for translation."""

    @property
    def path(self) -> Path:
        """The picture, a WEBP of `sticker_limits.MAX_SIDE` pixels each way."""
        return FOLDER / f"{self.key}.webp"

    @property
    def hash(self) -> str:
        """SHA-256 of the picture, in hexadecimal digits."""
        return FACTS[self.key][0]

    @property
    def size(self) -> int:
        """Bytes of the picture."""
        return FACTS[self.key][1]


Listed = tuple[int, Starter, bool]
"""One with its id, and whether it is hidden."""


STARTERS = (
    Starter("got_it", N_("Got it"), N_("OK, thumbs up, understood, agreed")),
    Starter("thank_you", N_("Thank you"), N_("thanks, please, grateful")),
    Starter("well_done", N_("Well done"), N_("great, good job, bravo, star")),
    Starter("laughing", N_("Laughing"), N_("haha, funny, joke")),
    Starter("love", N_("Love it"), N_("heart, like, hug")),
    Starter("clap", N_("Applause"), N_("clap, bravo, hands")),
    Starter("yes", N_("Yes"), N_("correct, right, agree, tick")),
    Starter("no", N_("No"), N_("wrong, stop, disagree, cross")),
    Starter("maybe", N_("Maybe"), N_("not sure, don't know, shrug")),
    Starter("question", N_("I have a question"), N_("ask, why, how, what")),
    Starter("hand_raised", N_("Hand raised"), N_("my turn, present, speak")),
    Starter("thinking", N_("Thinking"), N_("hmm, wait, consider")),
    Starter("great_idea", N_("Great idea"), N_("light bulb, clever, suggestion")),
    Starter("please_repeat", N_("Please repeat"), N_("again, once more, pardon")),
    Starter("slow_down", N_("Slow down, please"), N_("snail, too fast, wait")),
    Starter("welcome", N_("Welcome"), N_("hello, hi, hey")),
    Starter("goodbye", N_("Goodbye"), N_("bye, see you, leaving, wave")),
    Starter("good_morning", N_("Good morning"), N_("sun, wake up, hello")),
    Starter("good_night", N_("Good night"), N_("sleep, tired, moon, bed")),
    Starter("on_my_way", N_("On my way"), N_("coming, running, hurry")),
    Starter("late", N_("Running late"), N_("alarm, clock, delay, hurry")),
    Starter("coffee", N_("Coffee"), N_("tea, break, pause, drink")),
    Starter("lunch", N_("Lunch"), N_("food, eat, hungry, dinner, noodles")),
    Starter("congratulations", N_("Congratulations"), N_("party, celebrate, hooray, success")),
    Starter("birthday", N_("Happy birthday"), N_("cake, party, candles")),
    Starter("it_works", N_("It works"), N_("done, fixed, success, computer")),
    Starter("bug_found", N_("Bug found"), N_("error, problem, search, ladybird")),
    Starter("deadline", N_("Deadline"), N_("fire, stress, hourglass, urgent")),
    Starter("reading", N_("Reading"), N_("book, study, learn, library")),
    Starter("homework_done", N_("Homework done"), N_("finished, paper, task, exercise")),
    Starter("sorry", N_("Sorry"), N_("apology, flower, my fault, excuse me")),
    Starter("crying", N_("Crying"), N_("sad, tears, oh no")),
)
_BY_ID = {FIRST_ID + number: each for number, each in enumerate(STARTERS)}


def find(sticker_id: int) -> Starter | None:
    """Return the one with this id; None if it is no such id."""
    return _BY_ID.get(sticker_id)


def listed(session: Session) -> list[Listed]:
    """Return those that are not removed, by their ids, each with whether it is hidden."""
    hidden = {each.key: each for each in session.exec(select(HiddenStarter))}
    return [
        (sticker_id, starter, starter.key in hidden)
        for sticker_id, starter in _BY_ID.items()
        if not (starter.key in hidden and hidden[starter.key].is_removed)
    ]


def is_offered(session: Session, starter: Starter) -> bool:
    """Return whether it is neither hidden nor removed."""
    return session.get(HiddenStarter, starter.key) is None


@cache
def words(starter: Starter) -> str:
    """Return what it is found by, in every language of the chat. The first call reads them all."""
    spoken = (copy_context().run(_in_language, code, starter) for code in languages())
    return " ".join(dict.fromkeys(spoken))


def _in_language(code: str, starter: Starter) -> str:
    set_language(code)
    return f"{translate(starter.name)}, {translate(starter.words)}"


@asynccontextmanager
async def stored(starter: Starter) -> AsyncIterator[None]:
    """Keep its file in the store while the block lets a message refer to it.

    Raises `OSError`, and as `orphans.storing`.
    """
    async with orphans.storing(starter.hash):
        if not await database.read(partial(orphans.is_held, digest=starter.hash)):
            await sticker_files.copy(starter.path, starter.hash)
        yield
