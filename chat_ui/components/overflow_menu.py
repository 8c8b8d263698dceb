"""A toolbar: buttons in a row if there is space, otherwise in a menu behind one button.

The menu closes when something in it is chosen.
"""

import htpy as h

from chat_ui.components import html


def draw(name: str, icon: str, words: str, *tools: h.Node) -> h.Fragment:
    """Return the tools; `name` is what `tool` was given, the icon and the words are the menu's."""
    return h.fragment[
        html.button(icon, words, ".only-narrow", popovertarget=name),
        h.div(f"#{name}.tools", popover="auto")[tools],
    ]


def tool(name: str, icon: str, words: str, **attributes: str) -> h.Element:
    """Return one of the tools called `name`."""
    closes = {"popovertarget": name, "popovertargetaction": "hide"}
    return html.button(icon, words, **closes, **attributes)


STYLE = """
.tools { display: contents; }
@media (max-width: 700px) {
  .tools:not(:popover-open) { display: none; }
  .tools {
    display: grid; position: fixed; margin: 0; inset: auto; padding: 6px; min-inline-size: 220px;
    border: 1px solid var(--line); border-radius: 14px; background: var(--surface); box-shadow: var(--shadow);
  }
  .tools .icon-button { inline-size: 100%; block-size: 46px; display: flex; align-items: center; gap: 14px; padding-inline: 12px; margin: 0; color: var(--ink); }
  .tools .icon-button::after { content: attr(aria-label); font: 16px var(--font); }
}
"""
