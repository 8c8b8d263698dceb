"""The banner that is shown while the connection is lost."""

import htpy as h

from services.core.i18n import _


def draw() -> h.Element:
    """Return the notice; the browser shows it while the connection is down."""
    return h.div(
        ".connection",
        data_testid="connection",
        role="status",
        data_word_lost=_("Connection lost. Keep typing: your messages are sent when it is back."),
        hidden=True,
    )


STYLE = """
.connection {
  position: absolute; inset-block-start: 60px; inset-inline: 0; margin-inline: auto; inline-size: fit-content; max-inline-size: 92%;
  background: var(--notice); color: var(--ink); font-size: var(--text-s); border-radius: var(--radius-full); padding: 6px 16px; z-index: 10;
  box-shadow: var(--shadow);
}
.connection[hidden] { display: none; }
#popup { display: none !important; }  /* NiceGUI's own notice: ours is quieter */
#q-loading-bar { display: none; }  /* Quasar's, for each fetch: it has no name, and tells nothing */
"""
