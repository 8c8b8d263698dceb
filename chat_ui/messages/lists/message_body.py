"""What a message says where it is not in the timeline: on cards, and in lists and dialogs."""

import htpy as h
from markupsafe import Markup

from services.core.i18n import _
from services.messages.rendering import direction


def draw(said: str, *, above: h.Node = None) -> h.Element:
    """Return what was said, which is rendered HTML, in its direction; `above` stands before it."""
    return h.div(".message-body", dir=direction.of_html(said) or "auto")[
        above,
        Markup(said),  # noqa: S704
    ]


def draw_encrypted() -> h.Element:
    """Return what stands for words that only apps can read."""
    return h.div(".message-body.ciphertext")[_("Encrypted message")]
