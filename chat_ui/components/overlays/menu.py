"""Menus: popovers with `data-menu`, which `components/overlays/menu.js` places beside their buttons."""

from typing import Any

import htpy as h

from chat_ui.components import html


def draw(name: str, *content: h.Node) -> h.Element:
    """Return a menu with the id `name`, which a button names as its `popovertarget`."""
    return h.div(f"#{name}.menu", role="menu", popover="auto", tabindex=-1, data_menu=True)[content]


def entry(icon: str, words: str, **attributes: Any) -> h.Element:
    """Return an entry that the browser listens to."""
    return h.button(**{"type": "button", "role": "menuitem"} | attributes)[_label(icon, words)]


def link(icon: str, words: str, address: str, **attributes: Any) -> h.Element:
    """Return an entry that leads to an address."""
    return h.a(href=address, role="menuitem", **attributes)[_label(icon, words)]


def _label(icon: str, words: str) -> h.Fragment:
    return h.fragment[html.icon(icon), h.span[words]]


STYLE = """
.menu:popover-open {
  display: grid; position: fixed; inset: var(--y, 0) auto auto var(--x, 0); margin: 0; padding: 6px; min-inline-size: 220px; max-inline-size: calc(100vw - 16px);
  max-block-size: calc(100dvh - 16px); overflow-y: auto; overscroll-behavior: contain; background: var(--surface); color: var(--ink);
  border: 1px solid var(--line); border-radius: var(--radius-l); box-shadow: var(--shadow);
}
.menu:not(:popover-open) { display: none; }
.menu:focus { outline: none; }
.menu:popover-open :is(a, button) {
  display: flex; gap: 10px; align-items: center; inline-size: 100%; padding: 8px 10px; border: 0; border-radius: var(--radius-m); background: none; color: inherit;
  font: var(--text-m) var(--font); text-align: start; text-decoration: none; cursor: pointer;
}
.menu:popover-open :is(a, button):is(:hover, :focus-visible) { background: var(--hover); outline: none; }
.menu:popover-open :is(a, button):focus-visible { box-shadow: inset 0 0 0 2px var(--accent); }
.menu hr { inline-size: 100%; margin: 4px 0; border: 0; border-block-start: 1px solid var(--line); }
.menu:popover-open .q-icon { font-size: var(--icon-m); color: var(--muted); }
@media (max-width: 700px) {
  .menu:popover-open { inset: auto 0 0; inline-size: 100%; max-inline-size: none; max-block-size: 85dvh; border: 0; border-radius: var(--radius-xl) var(--radius-xl) 0 0; padding: 12px 12px calc(16px + env(safe-area-inset-bottom)); }
  .menu:popover-open :is(a, button) { padding: 12px 14px; font-size: var(--text-xl); gap: 14px; }
  .menu::backdrop { background: var(--scrim); }
}
"""
