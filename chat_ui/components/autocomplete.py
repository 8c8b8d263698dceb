"""What could be meant while one types: how the list looks that `components/autocomplete.js` draws."""

STYLE = """
.completion {
  position: fixed; z-index: 6000; margin: 0; padding: 5px; list-style: none; overflow-y: auto;
  inline-size: min(340px, calc(100vw - 16px)); background: var(--surface); color: var(--ink);
  border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); font-size: 14.5px;
}
.completion li { display: flex; align-items: center; gap: 10px; padding: 7px 10px; border-radius: 9px; cursor: pointer; min-inline-size: 0; }
.completion li[aria-selected="true"] { background: var(--selected); }
.completion .sign { flex: none; min-inline-size: 24px; font-size: 20px; line-height: 1.2; text-align: center; }
.completion .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.completion .more { color: var(--muted); font-size: 13px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
@media (pointer: coarse) { .completion li { padding-block: 10px; } }
"""
