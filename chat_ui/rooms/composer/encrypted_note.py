"""What stands in place of the composer of an encrypted room: how to read and write there.

A page that the server draws cannot keep a secret from the server, so it neither encrypts nor
decrypts.
"""

import htpy as h
from nicegui import ui

from chat_ui.components import encryption, html
from chat_ui.components.forms import to_copy
from services.core.i18n import _


def draw(address: str) -> ui.element:
    """Draw it; the chat is at `address`."""
    drawn = html.draw("section", _inside(address)).classes("encrypted-note")
    return drawn.props("role=note data-testid=encrypted-note")


@html.cached
def _inside(address: str) -> h.Fragment:
    return h.fragment[
        html.icon("shield"),
        h.div(".grow")[
            h.p[
                _(
                    "End-to-end encrypted: read and write in an app, or in a Simple Chat on your "
                    "own computer."
                ),
                " ",
                h.a(href="/account")[_("Connect an app")],
            ],
            to_copy.line(_("Command"), f"{encryption.COMMAND} {address}"),
        ],
        _unsent(),
    ]


def _unsent() -> h.Element:
    """Return the place for what was begun before the room was encrypted; the browser fills it."""
    return h.div(".unsent", hidden=True, data_testid="unsent")[
        h.p[_("You began this message before the room was encrypted:")],
        h.p(".unsent-text", dir="auto"),
        h.button(".button.quiet", type="button", data_action="copy-unsent")[_("Copy text")],
        h.button(".button.quiet", type="button", data_action="drop-unsent")[_("Discard")],
    ]


STYLE = """
.encrypted-note {
  display: flex; flex-wrap: wrap; gap: 10px 12px; inline-size: min(100% - 2 * var(--space-4), var(--column)); margin: 0 auto calc(var(--space-4) + env(safe-area-inset-bottom));
  padding: 12px 16px; border: 1px solid var(--line); border-radius: var(--radius-xl); background: var(--surface); color: var(--muted); font-size: var(--text-m);
}
.encrypted-note > .q-icon { font-size: var(--icon-m); color: var(--good); }
.encrypted-note .grow { flex: 1; min-inline-size: 0; display: grid; gap: 8px; }
.encrypted-note p { margin: 0; }
.encrypted-note a { color: var(--link); white-space: nowrap; }
.unsent { flex-basis: 100%; display: flex; flex-wrap: wrap; gap: 8px; border-block-start: 1px solid var(--line); padding-block-start: 10px; }
.unsent[hidden] { display: none; }
.unsent > p { flex-basis: 100%; }
.unsent-text { color: var(--ink); white-space: pre-wrap; overflow-wrap: anywhere; max-block-size: 9em; overflow-y: auto; }
@media (max-width: 700px) {
  .encrypted-note .link-line { display: none; } /* no phone runs it */
  .encrypted-note { inline-size: calc(100% - 20px); margin-block-end: calc(10px + env(safe-area-inset-bottom)); }
}
"""
