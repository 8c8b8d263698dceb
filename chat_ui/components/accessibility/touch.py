"""For fingers: targets of at least 44 × 44 px (WCAG 2.2, 2.5.5), fields in which iOS does not
magnify the page, and what follows a swipe.
"""

STYLE = """
@media (pointer: coarse) {
  :is(button, summary, select, textarea, input:not([type="checkbox"], [type="radio"]), [role="option"], .button, .icon-button, .check),
  .sidebar a, .menu a, :is(.page-inner, .panel) :is(nav a, .back, .person-link, .common-rooms a, .search-all), .outside-other a, :is(.dialog, .panel) .person-link, .message :is(.file-card, .quote), .to-message, label:has(> input[type="radio"]) { min-block-size: 44px; min-inline-size: 44px; }
  :is(.page-inner, .panel) :is(nav a, .back, .person-link, .search-all), .outside-other a, :is(.dialog, .panel) .person-link, .all-rooms { display: inline-flex; align-items: center; justify-content: center; }
  .person-link { justify-content: flex-start !important; }
  .to-message, a.button { align-content: center; }
  .message .replies a { display: inline-flex; align-items: center; min-block-size: 44px; }
  .message .player .track { block-size: 44px; }
  .hue { border-block: 14px solid transparent !important; border-inline-width: 0 !important; background-clip: padding-box !important; }
  .picker-grid { grid-template-columns: repeat(auto-fill, minmax(44px, 1fr)); }
  /* In a message they are larger to the finger than to the eye. */
  .message :is(.copy, .edited, .reaction, .refusal button, .save) { position: relative; min-block-size: 0; min-inline-size: 0; }
  .message :is(.copy, .edited, .reaction, .refusal button, .save)::before { content: ""; position: absolute; inset: min(0px, 50% - 22px); }
  /* Sideways moves are for `swipe.js`. */
  .main, .timeline, .sidebar, .room-list { touch-action: pan-y pinch-zoom; }
  .message { transition: translate var(--fast); }
  .message.swiped .bubble { box-shadow: 0 0 0 2px var(--accent); }
}
/* iOS magnifies the page at a field with smaller text, and leaves it so. */
@media (pointer: coarse), (max-width: 700px) {
  input, select, textarea, .composer-field::after { font-size: max(1rem, var(--text-xl)) !important; }
}
"""
