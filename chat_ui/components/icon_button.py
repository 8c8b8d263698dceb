"""A small button with an icon, and a label for screen readers."""

from nicegui import ui

from chat_ui.components import html


def draw(icon: str, words: str, classes: str = "") -> ui.element:
    """Draw the button and return it."""
    button = html.draw("button", html.icon(icon)).classes(f"icon-button {classes}")
    button.props["type"] = "button"
    button.props["aria-label"] = button.props["title"] = words
    return button


STYLE = """
.icon-button {
  border: 0; background: none; color: var(--muted); inline-size: 36px; block-size: 36px; border-radius: var(--radius-m); display: grid;
  place-items: center; font-size: var(--icon-m); cursor: pointer; flex: none; text-decoration: none;
}
.icon-button:hover { background: var(--hover); color: var(--ink); }
.icon-button:focus-visible { outline: 2px solid var(--accent); }
.only-narrow { display: none; }
@media (max-width: 700px) { .only-narrow { display: grid; } }
"""
