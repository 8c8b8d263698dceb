"""Notices about the security of an account, shown over any view."""

from collections.abc import Sequence

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.forms import form
from models import NoticeKind
from services.core.dto import NoticeView
from services.core.i18n import _

MAX_SHOWN = 10
"""Notices that one page shows at a time."""


def draw() -> ui.element:
    """Draw the place for notices; it stays until the person closes it. `add` adds some."""
    with ui.element("div").classes("security-notices").props("role=alert") as shown:
        ui.element("div")
        html.draw("div", _("If this wasn't you, change your password.")).classes("small")
        with ui.element("div").classes("security-buttons"):
            with ui.element("a").classes("button quiet").props("href=/account") as look:
                ui.label(_("My account"))
            look.on("click", shown.delete)
            form.button(_("OK"), kind="button").on("click", shown.delete)
    return shown


def add(shown: ui.element, notices: Sequence[NoticeView]) -> None:
    """Add notices to the place that `draw` returned, the newest last; too old ones go."""
    listed = shown.default_slot.children[0]
    with listed:
        for notice in notices:
            html.draw("div", *_notice(notice)).classes("security-notice").props(
                "data-testid=security-notice"
            )
    for oldest in listed.default_slot.children[:-MAX_SHOWN]:
        oldest.delete()


def _notice(notice: NoticeView) -> list[h.Node]:
    return [
        html.icon("shield"),
        h.div(".grow")[
            h.b[_sentence(notice.kind)],
            " ",
            h.bdi[notice.detail],
            h.div(".small")[
                h.time(datetime=notice.at.isoformat(timespec="milliseconds"), data_long=True)
            ],
        ],
    ]


def _sentence(kind: str) -> str:
    sentences = {
        NoticeKind.NEW_LOGIN: _("Someone logged in to your account on a new device:"),
        NoticeKind.PASSWORD_CHANGED: _("Your password was changed."),
        NoticeKind.APP_ADDED: _("An authenticator app was added to your account."),
        NoticeKind.APP_REMOVED: _("The authenticator app was removed from your account."),
        NoticeKind.PASSKEY_ADDED: _("A passkey was added to your account:"),
        NoticeKind.PASSKEY_REMOVED: _("A passkey was removed from your account:"),
        NoticeKind.FACTORS_REMOVED_BY_ADMIN: _(
            "An administrator turned off two-step login for your account."
        ),
        NoticeKind.TOKEN_MADE: _("A token for an app or bot was created for your account:"),
        NoticeKind.CODES_RENEWED: _("New recovery codes were created for your account."),
        NoticeKind.CODE_USED: _("A recovery code was used to log in to your account:"),
    }
    return sentences[NoticeKind(kind)]


STYLE = """
.security-notices { position: fixed; inset-block-start: 14px; inset-inline: 0; margin-inline: auto; inline-size: min(94vw, 460px); z-index: 40; display: grid; gap: 12px; padding: 16px 18px; border-radius: var(--radius-xl); background: var(--surface); border: 1px solid var(--line); box-shadow: var(--shadow); max-block-size: 80dvh; overflow-y: auto; }
.security-notice { display: flex; gap: 12px; overflow-wrap: anywhere; font-size: var(--text-m); }
.security-notice + .security-notice { margin-block-start: 10px; padding-block-start: 10px; border-block-start: 1px solid var(--line); }
.security-notice .q-icon { font-size: var(--icon-m); color: var(--accent); }
.security-notices .small { font-size: var(--text-s); color: var(--muted); }
.security-buttons { display: flex; gap: 8px; justify-content: flex-end; align-items: center; }
.security-buttons a { text-decoration: none; }
"""
