"""What a browser tells us, in the only shapes we take: it may say anything, so it is checked."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.core.errors import ServiceError
from services.core.i18n import _

Seq = Field(ge=0, lt=2**53)


def malformed() -> ServiceError:
    """Return what is said to a page that sends what no page of ours does."""
    return ServiceError(_("The page sent something odd. Reload it and try again."))


class Inbound(BaseModel):
    """A browser's event: the `detail` of a CustomEvent of the browser."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        strict=True,
        extra="ignore",
        defer_build=True,  # until a browser sends one
    )

    @classmethod
    def read(cls, arguments: Any) -> Self:
        """Return the event, or raise `ServiceError` when it has another shape."""
        try:
            return cls.model_validate(arguments["detail"])
        except (ValidationError, KeyError, TypeError, IndexError) as error:
            raise malformed() from error


class Envelope(Inbound):
    """What the page says of itself: an event by its name, and what comes with it."""

    event: str = Field(max_length=40)
    detail: Any = None


class CatchUp(Inbound):
    """The page shows messages `first` to `last` as they were at `change`, and wants the rest.

    With `at` it shows nothing yet, and wants to begin around that message.
    """

    room: int = Seq
    first: int = Field(0, ge=0, lt=2**53)
    last: int = Seq
    change: int = Field(0, ge=0, lt=2**53)
    at: int = Field(0, ge=0, lt=2**53)
    at_end: bool = True


class Older(Inbound):
    """The page wants what came just before `before`."""

    room: int = Seq
    before: int = Seq


class Read(Inbound):
    """The person has read up to `seq`."""

    room: int = Seq
    seq: int = Seq


class Activity(Inbound):
    """The person looks at the page, or has left it alone."""

    active: bool


class Watch(Inbound):
    """The page shows these people, and wants to know whether they are here."""

    people: list[Annotated[int, Seq]] = Field(max_length=400)


class Typing(Inbound):
    """The person writes something in a room."""

    room: int = Seq


class Send(Inbound):
    """The person sends a message. Its text is checked by the service, like any other."""

    room: int = Seq
    id: Any = None
    text: Any = None
    reply: int | None = Field(None, ge=1, lt=2**53)


class Act(Inbound):
    """The person chose something from a message's menu."""

    action: str = Field(max_length=40)
    room: int = Seq
    seq: int = Seq


class Ask(Inbound):
    """The person pressed a button that shows something about the room that is open."""

    what: str = Field(max_length=40)


class Forget(Inbound):
    """The person keeps a message no longer."""

    id: int = Seq


class Edit(Inbound):
    """The person gives a message of theirs another text."""

    room: int = Seq
    seq: int = Seq
    text: Any = None


class React(Inbound):
    """The person puts an emoji to a message, or takes it off."""

    room: int = Seq
    seq: int = Seq
    emoji: Any = None
    on: bool


class Vote(Inbound):
    """The person chooses answers of a poll; with none they take back what they chose."""

    room: int = Seq
    seq: int = Seq
    numbers: list[int] = Field(max_length=20)
    anonymous: bool = False


class OwnVotes(Inbound):
    """The page wants to know what the person chose in anonymous polls."""

    room: int = Seq
    seqs: list[Annotated[int, Seq]] = Field(max_length=100)


class Zone(Inbound):
    """The time zone that this browser is in."""

    zone: str = Field(max_length=100)


class QuickSearch(Inbound):
    """The person looks for a conversation or somebody by name: question number `asked`."""

    words: str = Field(max_length=200)
    asked: int = Seq
    people: bool = False


class OpenDirect(Inbound):
    """The person wants to talk with these people."""

    people: list[str] = Field(max_length=50)


class Names(Inbound):
    """The person types a name that begins with `start`, and asks for the `asked`th time."""

    room: int = Seq
    asked: int = Seq
    start: str = Field(max_length=100)


class Level(Inbound):
    """The person chose what of a room to be called for."""

    level: str = Field(max_length=20)


class Navigate(Inbound):
    """The person follows a link within the chat: a path, and what is asked for after a `?`."""

    path: str = Field(max_length=4000)


class Press(Inbound):
    """A button of a list was pressed: its `data-` attributes, which are text."""

    user: str = Field(default="0", pattern=r"^[0-9]{1,15}$")

    @property
    def user_id(self) -> int:
        """The person whom the button is about."""
        return int(self.user)


class FormData(BaseModel):
    """A form that was filled in; which fields it has is for its reader to know."""

    fields: dict[str, Any]

    @classmethod
    def read(cls, arguments: Any) -> dict[str, Any]:
        """Return the fields by name, or raise `ServiceError` when it is no form at all."""
        try:
            return cls.model_validate({"fields": arguments["detail"]}).fields
        except (ValidationError, KeyError, TypeError, IndexError) as error:
            raise malformed() from error


def to_int(value: object) -> int:
    """Return the whole number that a field holds, or 0, which nothing has for its number."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 16 else 0
