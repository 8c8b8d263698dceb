"""Fields, buttons and cards: the same in all forms.

These are plain HTML fields within real forms: a password manager fills them, they work
before a websocket is there, and nothing typed leaves the browser before it is sent.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import htpy as h
from nicegui import ui

from chat_ui.components import html
from services.core.errors import ServiceError

SENTENCE = "refusal"
"""The id of the sentence about what was sent; in a form of `live`, its class and how its id begins."""
LIVE = "live"
"""The class of a form of `live`."""


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


@contextmanager
def live(classes: str = "") -> Iterator[ui.element]:
    """Draw a form that is sent to Python, by its event `filled`.

    When it is refused, it says why at its end; the browser ties that to the field that it is about
    (WCAG 2.2, 3.3.1), whose `name` is that of the service's argument (components/forms/form.js).
    """
    with ui.element("form").classes(f"form {LIVE} {classes}").props("data-form") as form:
        yield form


def refuse(form: ui.element, refused: ServiceError) -> bool:
    """Have a `live` form say why it is refused; return False if it is none, or gone."""
    if not is_live(form):
        return False
    accept(form)
    with form:
        said = ui.label(refused.message).classes(f"sentence {SENTENCE}")
        said.props(f"role=alert id={SENTENCE}-{form.id}")
        said.props["data-about"] = refused.about
    return True


def is_live(element: ui.element) -> bool:
    """Return whether it is a form of `live` that is still there."""
    return not element.is_deleted and LIVE in element.classes


def accept(form: ui.element) -> None:
    """Take away what `refuse` said."""
    if form.is_deleted:
        return
    for each in list(form):
        if SENTENCE in each.classes:
            each.delete()


def field(
    words: str,
    name: str,
    *,
    kind: str = "text",
    value: str = "",
    autocomplete: str = "off",
    required: bool = True,
    hint: str = "",
    limit: int | None = None,
    is_refused: bool = False,
    **properties: str | bool,
) -> ui.element:
    """Draw a labelled field and return its input; `properties` are further HTML attributes.

    `limit` is the greatest number of characters (code points) that the service accepts. `is_refused`
    says that the sentence above the form is about this field.
    """
    with ui.element("label").classes("field"):
        with ui.element("span").classes("field-name"):
            ui.label(words)
        drawn = ui.element("input")
        drawn.props.update({"name": name, "type": kind, "autocomplete": autocomplete})
        if limit is not None:
            drawn.props["maxlength"] = str(_utf16_units(limit))
        if is_refused:
            drawn.props.update({"aria-invalid": "true", "aria-describedby": SENTENCE})
        set_to = {key.replace("_", "-"): value for key, value in properties.items() if value}
        drawn.props.update(set_to)
        # `^` makes Vue set the attribute, once, and leave alone what is typed afterwards. It
        # comes last: before `max` is set, a slider accepts nothing above 100.
        drawn.props["^value"] = value
        if required:
            drawn.props["required"] = True
        if hint:
            ui.label(hint).classes("field-hint")
    return drawn


def owner(username: str) -> None:
    """Draw, unseen, whose password a form is about.

    By it, password managers know which one to fill in, and which one has changed.
    """
    html.draw(
        "span", h.input(name="username", value=username, autocomplete="username", hidden=True)
    )


def search(words: str, value: str, on_find: Callable[[Any], Awaitable[None]]) -> None:
    """Draw a form to search with; `on_find` gets what was typed as the field `words`."""
    with ui.element("form").classes("form").props("data-form role=search") as drawn:
        field(words, "words", kind="search", value=value, required=False, limit=60)
    drawn.on("filled", on_find, args=["detail"])


def area(words: str, name: str, *, value: str = "", hint: str = "", most: int) -> None:
    """Draw a labelled field of several lines, for at most `most` characters."""
    html.draw(
        "label",
        h.span(".field-name")[words],
        h.textarea(
            name=name,
            rows=3,
            autocomplete="off",
            maxlength=_utf16_units(most),
            dir="auto",
        )[value],
        h.span(".field-hint")[hint] if hint else None,
    ).classes("field")


def _utf16_units(limit: int) -> int:
    """Return the most UTF-16 units, which `maxlength` counts, that `limit` characters take.

    Emoji and rare scripts take two units each. Too long a text is refused by the service, which
    says so; a field that cuts it while one types, or an accepted one, says nothing.
    """
    return 2 * limit


def check(words: str, name: str, *, on: bool) -> None:
    """Draw a switch."""
    html.draw("label", h.input(type="checkbox", name=name, checked=on), h.span[words]).classes(
        "check"
    )


def choice(
    words: str,
    name: str,
    options: Iterable[tuple[str, str]],
    chosen: str,
    on_choose: Callable[[str], Awaitable[None]],
) -> None:
    """Draw options of which one is chosen, each a value and its words; `on_choose` gets the value
    at once.
    """
    with ui.element("fieldset").classes("choice"):
        with ui.element("legend").classes("field-name"):
            ui.label(words)
        for value, said in options:
            with ui.element("label"):
                radio = ui.element("input").props(f"type=radio name={name}")
                radio.props["value"] = value  # it may be empty
                if value == chosen:
                    radio.props["^checked"] = True
                radio.on("change", lambda value=value: on_choose(value))
                ui.label(said)


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
    """Draw a sentence about the result, if there is one; `is_refused` ties it to a field."""
    if words:
        drawn = ui.label(words).classes("sentence good" if good else "sentence")
        drawn.props(f"role=alert id={SENTENCE}")


STYLE = """
.card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius-xl); padding: 22px 24px; inline-size: 100%; display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px; }
.card-title { font-size: var(--text-xl); font-weight: 700; letter-spacing: -.01em; }
.form { display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px; margin: 0; }
.field { display: grid; gap: 5px; min-inline-size: 0; }
.field-name { font-size: var(--text-s); font-weight: 600; color: var(--ink); }
.field input { min-inline-size: 0; }
.field-hint { font-size: var(--text-s); color: var(--muted); }
.field input, .field select, .field textarea {
  font: var(--text-l)/1.4 var(--font); color: var(--ink); background: var(--field); border: 1px solid var(--field-line); border-radius: var(--radius-m);
  padding: 10px 13px; inline-size: 100%; outline: none;
}
.field :is(input, textarea, select)[aria-invalid="true"] { border-color: var(--danger); }
.field textarea { resize: vertical; min-block-size: 76px; }
.field input:focus, .field select:focus, .field textarea:focus { border-color: var(--accent); box-shadow: 0 0 0 1px var(--ring); }
.field input[type="range"] { padding: 0; accent-color: var(--accent); }
.field input[type="file"] { padding: 5px; font-size: var(--text-m); color: var(--muted); cursor: pointer; }
.field input[type="file"]::file-selector-button {
  font: 600 var(--text-m) var(--font); color: var(--link); background: var(--hover); border: 0; border-radius: var(--radius-s); padding: 8px 14px; margin-inline-end: 12px; cursor: pointer;
}
.button {
  border: 0; border-radius: var(--radius-m); background: var(--accent); color: var(--on-accent); font: 600 var(--text-l) var(--font); padding: 11px 18px;
  cursor: pointer;
}
.button:hover { filter: brightness(1.07); }
.buttons { display: grid; gap: 14px; }
@media (min-width: 600px) {
  .page :is(form, .card) > .button { justify-self: start; min-inline-size: 120px; }
  .buttons { justify-content: start; grid-auto-flow: column; }
  .buttons .button { min-inline-size: 120px; }
}
.form[aria-busy] .button { opacity: .6; transition: opacity var(--slow) var(--slow); }
.button:focus-visible { outline: 2px solid var(--ring); outline-offset: 1px; }
.button.quiet { background: none; color: var(--link); border: 1px solid var(--line); padding: 7px 13px; font-size: var(--text-s); }
.button.danger { color: var(--danger); }
.fold { border: 1px solid var(--line); border-radius: var(--radius-m); }
.fold summary { cursor: pointer; padding: 9px 13px; font: 600 var(--text-s) var(--font); color: var(--link); }
.fold summary { display: flex; justify-content: space-between; }
.fold summary::after { content: "▾"; color: var(--muted); }
.fold[open] summary::after { content: "▴"; }
.fold.danger summary { color: var(--danger); }
.fold.danger .button { background: var(--danger); color: var(--surface); }
.fold-inner { display: grid; gap: 12px; padding: 4px 13px 13px; }
.sentence { font-size: var(--text-m); padding: 9px 13px; border-radius: var(--radius-m); background: var(--danger-soft); color: var(--danger); }
.sentence:empty { display: none; }
.form > .refusal { grid-column: 1 / -1; flex-basis: 100%; }
.sentence.good { background: var(--good-soft); color: var(--good); }
.check { display: flex; gap: 10px; align-items: center; font-size: var(--text-m); }
.check input { flex: none; inline-size: 18px; block-size: 18px; accent-color: var(--accent); }
.explained { display: grid; gap: 4px; }
.explained > .field-hint { margin: 0; padding-inline-start: 28px; }
.choice { display: flex; gap: 2px; border: 0; margin: 0; padding: 3px; border-radius: var(--radius-m); background: var(--hover); position: relative; margin-block-start: 24px; }
.choice legend { position: absolute; inset-block: -24px auto; inset-inline: 0 auto; padding: 0; }
.choice > label { flex: 1; display: grid; place-items: center; text-align: center; position: relative; min-block-size: 38px; padding: 4px 8px; border: 1px solid transparent; border-radius: var(--radius-s); cursor: pointer; font-size: var(--text-m); }
.choice input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: inherit; }
.choice > label:has(:checked) { background: var(--surface); border-color: var(--field-line); font-weight: 600; }
.choice > label:has(:focus-visible) { outline: 2px solid var(--ring); outline-offset: 1px; }
.page { overflow-y: auto; flex: 1; padding: 24px 20px 48px; position: relative; }
.page-inner { max-inline-size: 640px; margin-inline: auto; display: grid; grid-template-columns: minmax(0, 1fr); gap: 18px; }
.page-title { font-size: var(--text-2xl); font-weight: 750; letter-spacing: -.02em; display: flex; align-items: center; gap: 6px; }
.entry { display: flex; align-items: center; gap: 12px; padding-block: 8px; min-inline-size: 0; }
.entry + .entry { border-block-start: 1px solid var(--line); }
.entry .grow { flex: 1; min-inline-size: 0; overflow-wrap: anywhere; }
.entry .small { font-size: var(--text-s); color: var(--muted); }
.outside { min-block-size: 100dvh; display: grid; place-items: center; padding: 24px 16px; inline-size: 100vw; }
.outside-inner { inline-size: min(100%, 400px); display: grid; gap: 18px; }
.outside-brand { text-align: center; font-size: var(--text-2xl); font-weight: 750; letter-spacing: -.025em; display: grid; justify-items: center; gap: 10px; }
.outside-brand :is(svg, img) { inline-size: 52px; block-size: 52px; }
.outside-other { text-align: center; font-size: var(--text-m); color: var(--muted); }
.outside-other a { color: var(--link); }
"""
