"""The answers of a poll and how the votes stand: the same for every reader.

The viewer's own choice, and that its time is over, are for the browser to add (messages/polls/polls.js).
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from chat_ui.messages.reactions import reactions
from services.core.dto import OptionView, PollView
from services.core.i18n import _
from services.messages import polls
from services.messages.polls import Voters


def draw(poll: PollView, message_id: int) -> h.Element:
    """Return the answers and the footer; the question is the text of the message."""
    return h.div(
        ".poll",
        role="group" if poll.is_multiple else "radiogroup",
        aria_labelledby=question_id(message_id),
        data_multiple=poll.is_multiple,
        data_anonymous=poll.is_anonymous,
        data_closes=poll.closes_at.isoformat(timespec="milliseconds") if poll.closes_at else None,
    )[(_option(each, poll) for each in poll.options), h.p(".poll-foot")[_foot(poll)]]


def _foot(poll: PollView) -> Iterable[h.Element]:
    """Return what is said under the answers; the stylesheet shows whether its time is over."""
    yield h.span(data_says="wordVoters", data_count=poll.voters)
    if poll.is_multiple:
        yield h.span(data_says="wordSeveral")
    if poll.is_anonymous:
        yield h.span(data_says="wordAnonymous")
    if poll.closes_at:
        moment = poll.closes_at.isoformat(timespec="milliseconds")
        yield h.span(".open-until")[
            h.span(data_says="wordCloses"),
            h.time(datetime=moment, data_long=True),
            h.span(data_says="wordClosesAfter"),
        ]
        yield h.span(".over", data_says="wordClosed")


def question_id(message_id: int) -> str:
    """Return the id of the text that asks, which names the group of answers."""
    return f"question-{message_id}"


def _option(option: OptionView, poll: PollView) -> h.Element:
    voters = poll.voters
    share = round(100 * option.votes / voters) if voters else 0
    return h.button(
        ".poll-option",
        type="button",
        role="checkbox" if poll.is_multiple else "radio",
        aria_checked="false",
        data_action="vote",
        data_number=option.number,
        data_by=" ".join(map(str, option.user_ids)),
        style=f"--share: {share}%",
    )[
        h.span(".text", dir="auto")[option.text],
        h.span(".voters")[(avatar.draw(person) for person in option.faces)]
        if option.faces
        else None,
        h.span(".many", data_figure=option.votes),
        h.span(".percent", data_figure=share, data_unit="percent"),
    ]


def words() -> dict[str, str]:
    """Return the texts that the browser shows under a poll, as attributes of the timeline."""
    before, _when, after = _("closes {when}").partition("{when}")
    return {
        "data-word-voters": _("Voters: {count}"),
        "data-word-votes": _("{text}, votes: {count} ({percent})"),
        "data-word-several": _("multiple answers"),
        "data-word-anonymous": _("anonymous"),
        "data-word-closes": before,
        "data-word-closes-after": after,
        "data-word-closed": _("closed"),
    }


def show_new(room_id: int, on_send: Callable[..., Any]) -> ui.dialog:
    """Open the dialog for a new poll in a room; `on_send` gets what was filled in.

    What is not sent yet is there again when it opens the next time (`components/forms/kept_form.js`).
    """
    with (
        dialog.show(_("New poll")) as shown,
        form.live() as made,
    ):
        form.field(_("Question"), "question", limit=polls.QUESTION_LIMIT, autofocus="true")
        most = polls.MAX_OPTIONS * (polls.OPTION_LIMIT + 1)
        form.area(_("Answers"), "options", hint=_("One per line"), most=most)
        form.check(_("Allow multiple answers"), "multiple", on=False)
        form.check(_("Anonymous: votes are not shown"), "anonymous", on=False)
        html.draw(
            "label",
            h.span(".field-name")[_("Closes")],
            h.select(name="minutes")[
                h.option(value="")[_("when I close it")],
                h.option(value="60")[_("in an hour")],
                h.option(value="1440")[_("in a day")],
                h.option(value="10080")[_("in a week")],
            ],
        ).classes("field")
        form.button(_("Create poll"))
    made.props(f"data-testid=new-poll data-keep=poll-{room_id}").on(
        "filled", on_send, args=["detail"]
    )
    return shown


def ask_to_close(on_close: Callable[[], Awaitable[None]]) -> ui.dialog:
    """Open the dialog that asks whether to close a poll."""
    with dialog.show(_("Close this poll?")) as shown:
        ui.label(_("No one can vote after that, and it can't be opened again.")).classes(
            "field-hint"
        )
        form.button(_("Close poll"), kind="button").on("click", on_close)
    return shown


def show_voters(found: Sequence[Voters]) -> ui.dialog:
    """Open the dialog with who chose what."""
    groups = [(h.span(dir="auto")[each.text], each.people) for each in found]
    return reactions.show_people(_("Votes"), groups, "")


STYLE = """
.poll { display: grid; gap: 6px; margin-block: 6px 2px; min-inline-size: min(340px, 62vw); }
.poll-option {
  display: flex; align-items: center; gap: 10px; inline-size: 100%; padding: 8px 12px; border: 1px solid var(--line); border-radius: var(--radius-m);
  background: linear-gradient(var(--selected), var(--selected)) no-repeat left / var(--share) 100%, var(--surface);
  color: var(--ink); font: var(--text-m)/1.35 var(--font); text-align: start; cursor: pointer; transition: background-size var(--slow);
}
[dir="rtl"] .poll-option { background-position: right; }
.poll-option::before { content: ""; flex: none; inline-size: 16px; block-size: 16px; border: 2px solid var(--muted); border-radius: 50%; }
.poll[data-multiple] .poll-option::before { border-radius: var(--radius-s); }
.poll-option[aria-checked="true"]::before { border-color: var(--accent); background: var(--accent); box-shadow: inset 0 0 0 2px var(--surface); }
.poll-option[aria-checked="true"] { border-color: var(--accent); }
.poll-option:hover { border-color: var(--accent); }
.poll-option:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.poll-option .text { flex: 1; min-inline-size: 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
.poll-option .voters { display: flex; flex: none; }
.poll-option .avatar { inline-size: 22px; block-size: 22px; border: 2px solid var(--surface); background: var(--surface); }
.poll-option .avatar + .avatar { margin-inline-start: -8px; }
.poll-option .many { color: var(--muted); font-size: var(--text-s); font-variant-numeric: tabular-nums; }
.poll-option .percent { font-weight: 600; font-variant-numeric: tabular-nums; min-inline-size: 2.6em; text-align: end; }
.poll.closed .poll-option, .timeline:not([data-reacts]) .poll-option { cursor: default; border-color: var(--line); }
.poll.closed .poll-option[aria-checked="true"] { border-color: var(--accent); }
.poll-foot > span + span::before { content: " · "; }
.poll:not(.closed) .over, .poll.closed .open-until { display: none; }
.poll-foot { margin: 0 !important; font-size: var(--text-s); color: var(--muted); }
"""
