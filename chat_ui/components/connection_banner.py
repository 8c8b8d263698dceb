"""The banner that is shown while the connection is lost."""

import htpy as h

from services.core.i18n import _


def draw() -> h.Element:
    """Return the notice; the browser shows it while the connection is down."""
    return h.div(
        ".connection",
        data_testid="connection",
        role="status",
        data_word_lost=_("Connection lost. You can go on typing: it is sent when it is back."),
        hidden=True,
    )


STYLE = """
.connection {
  position: absolute; inset-block-start: 60px; inset-inline: 0; margin-inline: auto; inline-size: fit-content; max-inline-size: 92%;
  background: var(--notice); color: var(--ink); font-size: 13px; border-radius: 999px; padding: 6px 16px; z-index: 10;
  box-shadow: var(--shadow);
}
.connection[hidden] { display: none; }
#popup { display: none !important; }  /* NiceGUI's own notice: ours is quieter */
"""
