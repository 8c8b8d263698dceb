"""Pictures in full size: one place for the whole page, which the browser fills (components/overlays/lightbox.js)."""

import htpy as h

from chat_ui.components import html
from services.core.i18n import _


def draw() -> h.Fragment:
    """Return the lightbox, and the template of a picture in it."""
    return h.fragment[
        h.dialog("#viewer.viewer", aria_label=_("Picture"))[
            h.div(".strip", tabindex="0", autofocus=True)
        ],
        h.template("#viewer-picture")[
            h.figure[
                h.header[
                    h.span(".what")[
                        h.span(".file-name", dir="auto"),
                        h.span(".from")[h.bdi, " · ", h.time(data_long=True)],
                    ],
                    html.link("download", _("Save"), "#", download=True),
                    html.button("close", _("Close"), data_action="picture-close"),
                ],
                html.button("chevron_left", _("Previous"), ".turn", data_action="picture-before"),
                h.img(alt="", loading="lazy"),
                html.button("chevron_right", _("Next"), ".turn", data_action="picture-after"),
            ]
        ],
    ]


STYLE = """
.viewer { border: 0; padding: 0; margin: 0; inline-size: 100vw; block-size: 100dvh; max-inline-size: none; max-block-size: none; background: var(--black); color: var(--on-black); }
.viewer { transition: background-color var(--fast); }
.viewer.pulled { background: var(--scrim); }
.viewer .strip { display: flex; block-size: 100%; overflow: auto hidden; touch-action: pan-x; scroll-snap-type: x mandatory; scrollbar-width: none; outline: none; }
.viewer figure { flex: none; inline-size: 100%; block-size: 100%; margin: 0; scroll-snap-align: start; scroll-snap-stop: always; display: grid; grid-template: auto minmax(0, 1fr) / auto minmax(0, 1fr) auto; place-items: center; }
.viewer header { grid-column: 1 / -1; display: flex; align-items: center; gap: 8px; inline-size: 100%; padding: 8px 12px; }
.viewer .what { flex: 1; min-inline-size: 0; display: grid; justify-items: start; }
.viewer .file-name { max-inline-size: 100%; }
.viewer .from { font-size: var(--text-xs); max-inline-size: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.viewer .icon-button { color: var(--on-black); }
.viewer .icon-button:hover { background: var(--hover-black); }
.viewer.zoomed .strip { overflow: hidden; touch-action: none; }
.viewer.zoomed :is(.turn, header) { visibility: hidden; }
.viewer img { transition: transform var(--fast); max-inline-size: 100%; max-block-size: 100%; object-fit: contain; grid-row: 2; grid-column: 2; }
.viewer.held img { transition: none; }
.viewer .turn { grid-row: 2; z-index: 1; }
.viewer figure:first-child .turn[data-action="picture-before"], .viewer figure:last-child .turn[data-action="picture-after"] { visibility: hidden; }
.viewer::backdrop { background: var(--scrim); }
@media (max-width: 700px) {
  .viewer img { grid-column: 1 / -1; }
  .viewer .turn:first-of-type { grid-column: 1; }
  .viewer .turn { background: var(--scrim); grid-column: 3; }
  .viewer .turn[data-action="picture-before"] { grid-column: 1; }
}
"""
