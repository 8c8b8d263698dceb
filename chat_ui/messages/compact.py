"""The compact density: messages without bubbles, a line with name and time over each group."""

STYLE = """
[data-density="compact"] :is(.timeline, .message-preview) .message { align-items: flex-start; justify-content: flex-start; gap: 12px; padding-block-start: var(--space-3); }
[data-density="compact"] .timeline .message.continued { padding-block-start: 1px; }
[data-density="compact"] .timeline .message:not([data-folded=""]) > .avatar { display: block; position: static; }
[data-density="compact"] .timeline .message:not(:has(> .avatar)) .bubble { margin-inline-start: 48px; }
[data-density="compact"] :is(.timeline, .message-preview) .message .bubble {
  flex: 1; padding: 0 !important; border: 0; border-radius: var(--radius-s); background: none; color: var(--ink); box-shadow: none;
}
[data-density="compact"] .timeline .message:not(.continued) .author { display: inline; font-size: var(--text-l); margin-inline-end: 6px; }
[data-density="compact"] :is(.timeline, .message-preview) .message .bubble > header { position: static; display: inline-flex; color: var(--muted); vertical-align: baseline; }
[data-density="compact"] .timeline .message .bubble > header .edited { color: var(--muted); }
[data-density="compact"] .timeline .message.continued .bubble > header { float: inline-end; margin-block: 5px 0; margin-inline: 10px 0; }
@media (hover: hover) {
  [data-density="compact"] .timeline .message.continued:not(:hover, :focus-within, .pinned, .is-edited, [data-state="sending"], [data-state="failed"]) .bubble > header { opacity: 0; }
}
/* Nothing leaves a space for the time, which stands above. */
[data-density="compact"] :is(.timeline, .message-preview) .message :is(.message-body > p:last-child, .message-body, .poll-foot, .reactions)::after { content: none; }
[data-density="compact"] :is(.timeline, .message-preview) .message .message-body { padding-block-end: 0 !important; }
[data-density="compact"] .timeline .message .message-menu { inset-inline: calc(100% + 4px) auto; }
[data-density="compact"] .timeline .message.deleted .bubble { color: var(--muted); }
[data-density="compact"] .timeline .message .bubble > :is(.quote, .poll, .file) { inline-size: fit-content; max-inline-size: min(100%, 460px); }
[data-density="compact"] .timeline .message .bubble > .poll { inline-size: min(100%, 400px); }
[data-density="compact"] .timeline .message:not([data-state]):has(.mention.me) { background: var(--mention); box-shadow: 0 0 0 4px var(--mention), -4px 0 0 4px var(--accent); border-radius: var(--radius-s); margin-block-start: 6px; padding-block-start: 4px; }
"""
