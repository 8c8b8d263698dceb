"""Pictures in full size: one for the whole page, which the browser fills (components/lightbox.js)."""

import htpy as h

from chat_ui.components import html
from services.core.i18n import _


def draw() -> h.Element:
    """Return the lightbox."""
    return h.dialog("#viewer.viewer", aria_label=_("Picture"))[
        h.header[
            h.span(".file-name", dir="auto"),
            h.a(".icon-button", href="#", download=True, aria_label=_("Save"), title=_("Save"))[
                html.icon("download")
            ],
            html.button("close", _("Close"), data_action="picture-close"),
        ],
        html.button("chevron_left", _("The one before"), ".turn", data_action="picture-before"),
        h.img(alt=""),
        html.button("chevron_right", _("The next one"), ".turn", data_action="picture-after"),
    ]


STYLE = """
.viewer { border: 0; padding: 0; margin: 0; inline-size: 100vw; block-size: 100dvh; max-inline-size: none; max-block-size: none; background: #000e; color: #fff; }
.viewer[open] { display: grid; grid-template: auto minmax(0, 1fr) / auto minmax(0, 1fr) auto; place-items: center; }
.viewer header { grid-column: 1 / -1; display: flex; align-items: center; gap: 8px; inline-size: 100%; padding: 8px 12px; }
.viewer .file-name { flex: 1; }
.viewer .icon-button { color: #fff; }
.viewer .icon-button:hover { background: #fff3; }
.viewer img { max-inline-size: 100%; max-block-size: 100%; object-fit: contain; grid-row: 2; grid-column: 2; }
.viewer .turn { grid-row: 2; z-index: 1; }
.viewer .turn:disabled { visibility: hidden; }
.viewer::backdrop { background: #0008; }
@media (max-width: 700px) {
  .viewer img { grid-column: 1 / -1; }
  .viewer .turn:first-of-type { grid-column: 1; }
  .viewer .turn { background: #0006; grid-column: 3; }
  .viewer .turn[data-action="picture-before"] { grid-column: 1; }
}
"""
