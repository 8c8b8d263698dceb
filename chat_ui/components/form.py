"""Fields, buttons and cards: the same in all forms.

These are plain HTML fields within real forms: a password manager fills them, they work
before a websocket is there, and nothing typed leaves the browser before it is sent.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import htpy as h
from nicegui import ui

from chat_ui.components import html


@contextmanager
def card(title: str) -> Iterator[None]:
    """Draw a card around what is drawn inside, with a title if it has one."""
    with ui.element("section").classes("card"):
        if title:
            ui.label(title).classes("card-title").props("role=heading aria-level=2")
        yield


@contextmanager
def post(action: str) -> Iterator[ui.element]:
    """Draw a form that is sent to `action` as a browser sends forms."""
    with ui.element("form").classes("form") as form:
        form.props["method"] = "post"
        form.props["action"] = action
        yield form


def field(
    words: str,
    name: str,
    *,
    kind: str = "text",
    value: str = "",
    autocomplete: str = "off",
    required: bool = True,
    hint: str = "",
    **properties: str,
) -> ui.element:
    """Draw a labelled field and return its input; `properties` are further HTML attributes."""
    with ui.element("label").classes("field"):
        with ui.element("span").classes("field-name"):
            ui.label(words)
        drawn = ui.element("input")
        drawn.props.update({"name": name, "type": kind, "autocomplete": autocomplete})
        drawn.props.update({key.replace("_", "-"): set_to for key, set_to in properties.items()})
        # `^` makes Vue set the attribute, once, and leave alone what is typed afterwards. It
        # comes last: before `max` is set, a slider accepts nothing above 100.
        drawn.props["^value"] = value
        if required:
            drawn.props["required"] = True
        if hint:
            ui.label(hint).classes("field-hint")
    return drawn


def search(words: str, value: str, on_find: Callable[[Any], Awaitable[None]]) -> None:
    """Draw a form to search with; `on_find` gets what was typed as the field `words`."""
    with ui.element("form").classes("form").props("data-form role=search") as drawn:
        field(words, "words", kind="search", value=value, required=False, maxlength="60")
    drawn.on("filled", on_find, args=["detail"])


def area(words: str, name: str, *, value: str = "", hint: str = "", most: int) -> None:
    """Draw a labelled field of several lines, for at most `most` characters."""
    html.draw(
        "label",
        h.span(".field-name")[words],
        h.textarea(name=name, rows=3, maxlength=2 * most, dir="auto")[value],
        h.span(".field-hint")[hint] if hint else None,
    ).classes("field")


def check(words: str, name: str, *, on: bool) -> None:
    """Draw a switch."""
    html.draw("label", h.input(type="checkbox", name=name, checked=on), h.span[words]).classes(
        "check"
    )


def button(words: str, *, kind: str = "submit", quiet: bool = False) -> ui.element:
    """Draw a button; a quiet one is for actions that are rare."""
    with ui.element("button").classes("button quiet" if quiet else "button") as drawn:
        drawn.props["type"] = kind
        ui.label(words)
    return drawn


@contextmanager
def fold(words: str, *, danger: bool = False) -> Iterator[None]:
    """Draw a part that opens when its title is pressed: for actions that cannot be undone."""
    with ui.element("details").classes("fold danger" if danger else "fold"):
        with ui.element("summary"):
            ui.label(words)
        with ui.element("div").classes("fold-inner"):
            yield


def sentence(words: str, *, good: bool = False) -> None:
    """Draw a sentence about the result, if there is one."""
    if words:
        ui.label(words).classes("sentence good" if good else "sentence").props("role=alert")


STYLE = """
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 18px; padding: 22px 24px; inline-size: 100%; display: grid; gap: 14px; }
.card-title { font-size: 17px; font-weight: 700; letter-spacing: -.01em; }
.form { display: grid; gap: 14px; margin: 0; }
.field { display: grid; gap: 5px; }
.field-name { font-size: 13px; font-weight: 600; color: var(--ink); }
.field-hint { font-size: 12.5px; color: var(--muted); }
.field input, .field select, .field textarea {
  font: 15px/1.4 var(--font); color: var(--ink); background: var(--field); border: 1px solid var(--line); border-radius: 11px;
  padding: 10px 13px; inline-size: 100%; outline: none;
}
.field textarea { resize: vertical; min-block-size: 76px; }
.field input:focus, .field select:focus, .field textarea:focus { border-color: var(--accent); box-shadow: 0 0 0 3px var(--ring); }
.field input[type="range"] { padding: 0; accent-color: var(--accent); }
.button {
  border: 0; border-radius: 11px; background: var(--accent); color: var(--on-accent); font: 600 15px var(--font); padding: 11px 18px;
  cursor: pointer;
}
.button:hover { filter: brightness(1.07); }
.button:focus-visible { outline: 3px solid var(--ring); outline-offset: 1px; }
.button.quiet { background: none; color: var(--link); border: 1px solid var(--line); padding: 7px 13px; font-size: 13.5px; }
.button.danger { color: var(--danger); }
.fold { border: 1px solid var(--line); border-radius: 11px; }
.fold summary { cursor: pointer; padding: 9px 13px; font: 600 13.5px var(--font); color: var(--link); }
.fold summary { display: flex; justify-content: space-between; }
.fold summary::after { content: "▾"; color: var(--muted); }
.fold[open] summary::after { content: "▴"; }
.fold.danger summary { color: var(--danger); }
.fold.danger .button { background: var(--danger); color: var(--surface); }
.fold-inner { display: grid; gap: 12px; padding: 4px 13px 13px; }
.sentence { font-size: 14px; padding: 9px 13px; border-radius: 10px; background: color-mix(in srgb, var(--danger) 12%, transparent); color: var(--danger); }
.sentence.good { background: color-mix(in srgb, var(--good) 14%, transparent); color: var(--good); }
.check { display: flex; gap: 10px; align-items: center; font-size: 14.5px; }
.check input { flex: none; inline-size: 18px; block-size: 18px; accent-color: var(--accent); }
.meter { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px; }
.meter i { block-size: 4px; border-radius: 2px; background: var(--line); }
.meter[data-strength="1"] i:nth-child(-n+1) { background: var(--danger); }
.meter[data-strength="2"] i:nth-child(-n+2) { background: #d9901a; }
.meter[data-strength="3"] i:nth-child(-n+3) { background: var(--good); }
.meter[data-strength="4"] i { background: var(--good); }
.page { overflow-y: auto; flex: 1; padding: 24px 20px 48px; }
.page-inner { max-inline-size: 640px; margin-inline: auto; display: grid; gap: 18px; }
.page-title { font-size: 22px; font-weight: 750; letter-spacing: -.02em; display: flex; align-items: center; gap: 6px; }
.entry { display: flex; align-items: center; gap: 12px; padding-block: 8px; min-inline-size: 0; }
.entry + .entry { border-block-start: 1px solid var(--line); }
.entry .grow { flex: 1; min-inline-size: 0; overflow-wrap: anywhere; }
.entry .small { font-size: 12.5px; color: var(--muted); }
.outside { min-block-size: 100dvh; display: grid; place-items: center; padding: 24px 16px; inline-size: 100vw; }
.outside-inner { inline-size: min(100%, 400px); display: grid; gap: 18px; }
.outside-brand { text-align: center; font-size: 24px; font-weight: 750; letter-spacing: -.025em; display: grid; justify-items: center; gap: 10px; }
.outside-brand svg { inline-size: 52px; block-size: 52px; }
.outside-other { text-align: center; font-size: 14px; color: var(--muted); }
.outside-other a { color: var(--link); }
"""
