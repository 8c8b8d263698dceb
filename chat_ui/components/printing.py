"""On paper: the whole conversation or page that is open, or the dialog in front of it.

On a screen its parts scroll by themselves, and a printer would take only what is in sight of them.
The colours are the light ones: see `theme.css`.
"""

STYLE = """
@media print {
  html, body, .frame, .main, .view, .page, .timeline-frame, .timeline { display: block !important; position: static !important; block-size: auto !important; min-block-size: 0 !important; overflow: visible !important; background: none !important; }
  .sidebar, .panel, .menu, .composer, .later-line, .unread-bar, .newest, .toast, .said, .room-header :is(.icon-button, .member-count), .message-menu, .message :is(.unfold, .copy), .page :is(.button, .back) { display: none !important; }
  .timeline { padding: 0 !important; }
  .timeline > .message, .timeline > .rule { inline-size: 100% !important; }
  .message, .message-card, .hit, .entry { break-inside: avoid; }
  .message > .avatar { position: static !important; }
  .message .highlight, .message .highlight * { color: var(--ink) !important; }
  .message .bubble { border: 1px solid var(--line) !important; }
  body:has(.q-dialog) #app { display: none !important; }
  .q-dialog, .q-dialog__inner, .dialog { display: block !important; position: static !important; inline-size: auto !important; max-inline-size: none !important; max-block-size: none !important; overflow: visible !important; box-shadow: none !important; transform: none !important; }
  .q-dialog__backdrop, .dialog :is(.icon-button, .button) { display: none !important; }
}
"""
