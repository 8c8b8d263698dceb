"""A toolbar: buttons in a row if there is space, otherwise in a menu behind one button."""

import htpy as h

from chat_ui.components import html


def draw(name: str, icon: str, words: str, *tools: h.Node) -> h.Fragment:
    """Return the tools; `name` is an id for them, the icon and the words are the menu's."""
    return h.fragment[
        html.button(icon, words, ".only-narrow", popovertarget=name),
        h.div(f"#{name}.tools.menu", popover="auto", tabindex=-1, data_menu=True)[tools],
    ]


STYLE = """
@media (min-width: 700.1px) { .tools.menu { display: contents; } }
@media (max-width: 700px) {
  .tools .icon-button { inline-size: 100%; block-size: 46px; display: flex; align-items: center; gap: 14px; padding-inline: 12px; margin: 0; color: var(--ink); }
  .tools .icon-button::after { content: attr(aria-label); font: var(--text-xl) var(--font); }
}
"""
