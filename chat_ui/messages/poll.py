"""The answers of a poll and how the votes stand: the same for every reader.

The words, the viewer's own choice, and that its time is over are for the browser to add
(messages/polls.js).
"""

from collections.abc import Callable, Sequence
from typing import Any

import htpy as h
from nicegui import ui

from chat_ui.components import dialog, form, html
from chat_ui.messages import reactions
from services.core.dto import OptionView, PollView
from services.core.i18n import _
from services.messages import polls
from services.messages.polls import Voters


def draw(poll: PollView) -> h.Element:
    """Return the answers and the footer."""
    return h.div(
        ".poll",
        role="group",
        data_voters=poll.voters,
        data_multiple=poll.is_multiple,
        data_anonymous=poll.is_anonymous,
        data_closes=poll.closes_at.isoformat(timespec="milliseconds") if poll.closes_at else None,
    )[(_option(each, poll.voters) for each in poll.options), h.p(".poll-foot")]


def _option(option: OptionView, voters: int) -> h.Element:
    share = round(100 * option.votes / voters) if voters else 0
    return h.button(
        ".poll-option",
        type="button",
        data_action="vote",
        data_number=option.number,
        data_by=" ".join(map(str, option.user_ids)),
        style=f"--share: {share}%",
    )[h.span(".text", dir="auto")[option.text], h.span(".many")[str(option.votes)]]


def words() -> dict[str, str]:
    """Return the texts that the browser shows under a poll, as attributes of the timeline."""
    return {
        "data-word-voters": _("Voters: {count}"),
        "data-word-several": _("several answers"),
        "data-word-anonymous": _("anonymous"),
        "data-word-closes": _("closes {when}"),
        "data-word-closed": _("closed"),
    }


def show_new(on_send: Callable[..., Any]) -> ui.dialog:
    """Open the dialog for a new poll; `on_send` gets what was filled in."""
    with (
        dialog.show(_("New poll")) as shown,
        ui.element("form").classes("form").props("data-form data-testid=new-poll") as made,
    ):
        form.field(_("Question"), "question", maxlength=str(polls.QUESTION_LIMIT), autofocus="true")
        most = polls.MAX_OPTIONS * (polls.OPTION_LIMIT + 1)
        form.area(_("Answers"), "options", hint=_("Each on a line of its own"), most=most)
        form.check(_("One may choose several"), "multiple", on=False)
        form.check(_("Anonymous: nobody sees who chose what"), "anonymous", on=False)
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
        form.button(_("Ask"))
    made.on("filled", on_send, args=["detail"])
    return shown


def show_voters(found: Sequence[Voters]) -> ui.dialog:
    """Open the dialog with who chose what."""
    groups = [(h.span(dir="auto")[each.text], each.people) for each in found]
    return reactions.show_people(_("Votes"), groups, "")


STYLE = """
.poll { display: grid; gap: 6px; margin-block: 6px 2px; min-inline-size: min(340px, 62vw); }
.poll-option {
  display: flex; align-items: center; gap: 10px; inline-size: 100%; padding: 8px 12px; border: 1px solid var(--line); border-radius: 11px;
  background: linear-gradient(var(--selected), var(--selected)) no-repeat left / var(--share) 100%, var(--surface);
  color: var(--ink); font: 14.5px/1.35 var(--font); text-align: start; cursor: pointer; transition: background-size .25s;
}
[dir="rtl"] .poll-option { background-position: right; }
.poll-option::before { content: ""; flex: none; inline-size: 16px; block-size: 16px; border: 2px solid var(--muted); border-radius: 50%; }
.poll[data-multiple] .poll-option::before { border-radius: 5px; }
.poll-option[aria-pressed="true"]::before { border-color: var(--accent); background: var(--accent); box-shadow: inset 0 0 0 2px var(--surface); }
.poll-option[aria-pressed="true"] { border-color: var(--accent); }
.poll-option:hover { border-color: var(--accent); }
.poll-option:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.poll-option .text { flex: 1; min-inline-size: 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
.poll-option .many { font-weight: 600; font-variant-numeric: tabular-nums; }
.poll.closed .poll-option, .timeline:not([data-reacts]) .poll-option { cursor: default; border-color: var(--line); }
.poll.closed .poll-option[aria-pressed="true"] { border-color: var(--accent); }
.poll-foot { margin: 0 !important; font-size: 12.5px; color: var(--muted); }
"""
