"""Notifications of this device while no page is open: what the account page says about them.

Only the browser knows whether it may and does notify (`chat_ui/rooms/notifications/push.js`): it shows the text
that applies.
"""

import htpy as h

from chat_ui.components import html
from chat_ui.components.forms import form
from services.core.i18n import _


def draw(*, is_admin: bool) -> None:
    """Draw the card; administrators are told where to read on."""
    with form.card(_("Notifications on this device")):
        html.draw("div", *_states(is_admin)).classes("push")


def _states(is_admin: bool) -> list[h.Element]:
    turn_off = _button("push-off", _("Turn off"))
    return [
        h.div(data_push="off failed")[
            h.p[
                _(
                    "Be notified of mentions, direct messages and rooms that you follow, also while "
                    "the chat is closed. Notifications say who wrote and where, and not what."
                )
            ],
            _button("push-on", _("Turn on"), ".button"),
        ],
        h.p(".refusal", data_push="failed", role="alert")[
            _("This browser's push service does not answer. Try again later.")
        ],
        h.div(data_push="on")[
            h.p[_("On, also while the chat is closed. Notifications say who wrote and where.")],
            h.div(".push-choices")[_button("push-text", _("Show the messages, too")), turn_off],
        ],
        h.div(data_push="text")[
            h.p[_("On, also while the chat is closed. Notifications show the messages.")],
            h.div(".push-choices")[
                _button("push-on", _("Show only who wrote and where")), turn_off
            ],
        ],
        h.p(data_push="denied")[
            _("This browser blocks the chat's notifications. Allow them in its settings.")
        ],
        h.p(data_push="unsupported")[
            _(
                "This browser cannot notify you while the chat is closed. On iPhone and iPad, add the "
                "chat to the home screen and open it from there."
            )
        ],
        h.div(data_push="insecure")[
            h.p[
                _(
                    "This chat is open without HTTPS. So browsers do not let it notify you, be "
                    "installed as an app, or use the microphone for voice notes."
                )
            ],
            h.p[
                _(
                    "To have all that, stop the chat, run python main.py certificate, and start it "
                    "again with --lan: see HTTPS in docs/hosting.md."
                )
                if is_admin
                else _("Ask whoever runs this chat for an address that begins with https.")
            ],
        ],
    ]


def _button(action: str, words: str, classes: str = ".button.quiet") -> h.Element:
    return h.button(classes, type="button", data_action=action)[words]


STYLE = (
    """
.push { display: grid; gap: 10px; font-size: var(--text-m); }
.push p { margin: 0 0 10px; }
.push [data-push] { display: none; }
.push-choices { display: flex; flex-wrap: wrap; gap: 8px; }
"""
    + ", ".join(
        f'body[data-push="{state}"] .push [data-push~="{state}"]'
        for state in ("off", "failed", "on", "text", "denied", "unsupported", "insecure")
    )
    + " { display: block; }\n"
)
