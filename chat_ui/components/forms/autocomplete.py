"""The list of suggestions while typing, which `components/forms/autocomplete.js` fills."""

import htpy as h

from services.core.i18n import _

NAME = "completion"


def draw() -> h.Fragment:
    """Return the list, to place beside its field, and the template of its entries."""
    return h.fragment[
        h.ul(
            f"#{NAME}.completion",
            hidden=True,
            role="listbox",
            aria_label=_("Suggestions"),
            data_testid="completion",
        ),
        h.template("#completion-option")[
            h.li(role="option")[h.span(".sign"), h.span(".name"), h.span(".more")]
        ],
    ]


STYLE = """
.completion {
  position: absolute; inset-block-end: calc(100% + 6px); inset-inline-start: 0; z-index: 20; margin: 0; padding: 5px; list-style: none; overflow-y: auto;
  inline-size: min(340px, calc(100vw - 16px)); max-block-size: calc(100dvh - 160px); background: var(--surface); color: var(--ink);
  border: 1px solid var(--line); border-radius: var(--radius-l); box-shadow: var(--shadow); font-size: var(--text-m);
}
.completion[hidden] { display: none; }
.completion li { display: flex; align-items: center; gap: 10px; padding: 7px 10px; border-radius: var(--radius-m); cursor: pointer; min-inline-size: 0; }
.completion li[aria-selected="true"] { background: var(--selected); }
.completion .sign { flex: none; min-inline-size: 24px; font-size: var(--icon-m); line-height: 1.2; text-align: center; }
.completion .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.completion .more { color: var(--muted); font-size: var(--text-s); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
@media (pointer: coarse) { .completion li { padding-block: 10px; } }
@media (max-width: 700px) { .completion { inset-inline-start: auto; inset-inline-end: -44px; } }
"""
