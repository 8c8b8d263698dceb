"""Windows' contrast themes, which keep four colours: what is a background elsewhere is a line there."""

STYLE = """
@media (forced-colors: active) {
  :focus-visible, .message:focus-visible .bubble { outline: 3px solid Highlight !important; outline-offset: 1px; }
  .message:focus-visible { outline: none !important; }
  :is([aria-current], [aria-selected="true"], [aria-checked="true"], [aria-pressed="true"]):not(:focus-visible) { outline: 2px solid Highlight; outline-offset: -2px; }
  .message .bubble { border: 1px solid CanvasText !important; }
  .dialog, .menu:popover-open, .picker, .switcher, .toast, .said, .card, .security-notices { border: 1px solid CanvasText; }
  .button, .send, .composing, .tray-file, .undelivered button, .toast button, .skip, .newest { border: 1px solid ButtonText; }
  .rooms a[data-unread]::after, .rooms a[data-mentions]::before, .newest[data-count]::before { border: 1px solid CanvasText; }
  .presence, .avatar, .hue, .recording .dot { forced-color-adjust: none; }
}
"""
