"""For administrators: the security log, filtered by kind and person."""

from collections.abc import Awaitable, Callable, Sequence

import htpy as h
from markupsafe import Markup, escape

from chat_ui.components import html, page_header
from chat_ui.components.forms import form
from models import SecurityKind
from services.accounts.security.security_log import PAGE_SIZE, SecurityView
from services.core.i18n import _, number, plural

Older = Callable[[int, str, str], Awaitable[None]]
"""Shows the entries before the one with this id, of this kind and person."""


def draw(entries: Sequence[SecurityView], kind: str, username: str, on_older: Older) -> None:
    """Draw the page; `kind` and `username` are the filters, empty for none."""
    with page_header.draw(_("Security log")), form.card(""):
        html.draw("div", _filters(kind, username))
        if not entries:
            html.draw("p", _("Nothing yet.")).classes("field-hint")
            return
        html.draw("ol", (_entry(entry) for entry in entries)).classes("audit").props(
            "data-testid=security-log"
        )
        if len(entries) == PAGE_SIZE:
            older = form.button(_("Older"), kind="button", quiet=True)
            older.on("click", lambda: on_older(entries[-1].entry_id, kind, username))


def _filters(kind: str, username: str) -> h.Element:
    """Return a form that opens the page's own address, which can so be shared and kept."""
    names = _names()
    return h.form(".form.log-filters", action="/security", method="get")[
        h.label(".field")[
            h.span(".field-name")[_("Event")],
            h.select(name="kind")[
                h.option(value="")[_("All events")],
                (h.option(value=each, selected=each == kind)[names[each]] for each in SecurityKind),
            ],
        ],
        h.label(".field")[
            h.span(".field-name")[_("Username")],
            h.input(name="person", value=username, maxlength="64", dir="auto", autocomplete="off"),
        ],
        h.button(".button.quiet", type="submit")[_("Show")],
    ]


def _entry(entry: SecurityView) -> h.Element:
    where = [part for part in (entry.address, entry.device) if part]
    return h.li(data_kind=entry.kind)[
        h.div[_sentence(entry)],
        h.div(".small")[
            h.time(datetime=entry.at.isoformat(timespec="milliseconds"), data_long=True),
            (h.bdi[part] for part in where),
            h.b[_times(entry.count)] if entry.count > 1 else None,
            h.bdi[_detail(entry)] if entry.detail else None,
        ],
    ]


def _sentence(entry: SecurityView) -> Markup:
    """Return what happened as a sentence, with the names of the two accounts in it."""
    actor = _name(entry.actor) if entry.actor else _name(entry.person)
    person = _name(entry.person) if entry.person else _name(entry.actor)
    known = {str(kind): sentence for kind, sentence in _sentences().items()}
    if entry.kind not in known:  # somebody has changed the database
        return escape(entry.kind)
    return escape(known[entry.kind]).format(actor=actor, person=person)


def _name(username: str) -> h.Element:
    return h.b[h.bdi[f"@{username}" if username else _("unknown user")]]


def _times(count: int) -> str:
    return plural("{count} time", "{count} times", count).format(count=number(count))


def _detail(entry: SecurityView) -> str:
    details = {
        "others": _("from many addresses"),
        "origin": _("sent from another site"),
        "host": _("wrong host name"),
        "websocket": _("WebSocket not opened by a page"),
        "page": _("another user's page"),
        "disabled": _("account disabled"),
        "app": _("a password alone, in an app"),
        "apps": _("apps and bots"),
        "confirmation": _("asked to confirm the password"),
        "login_account": _("logging in"),
        "login_address": _("logging in"),
        "register": _("creating accounts or resetting passwords"),
        "visit": _("opening pages"),
        "webhook": _("webhook"),
        "webhook_guess": _("addresses of webhooks"),
    }
    if entry.kind == SecurityKind.TRIMMED:
        return ""
    if entry.kind in {SecurityKind.TOKEN_MADE, SecurityKind.TOKEN_REVOKED}:
        return entry.detail  # the name that somebody gave it
    return details.get(entry.detail, entry.detail)


def _names() -> dict[SecurityKind, str]:
    """Return the kinds as the filter lists them."""
    return {
        SecurityKind.LOGIN: _("Logins"),
        SecurityKind.LOGIN_FAILED: _("Failed logins"),
        SecurityKind.LOGOUT: _("Logouts"),
        SecurityKind.SESSION_ENDED: _("Ended sessions"),
        SecurityKind.SESSIONS_ENDED: _("Ended all sessions"),
        SecurityKind.REGISTERED: _("New accounts"),
        SecurityKind.PASSWORD_CHANGED: _("Changed passwords"),
        SecurityKind.RESET_LINK_MADE: _("Password reset links"),
        SecurityKind.RESET_LINK_USED: _("Used password reset links"),
        SecurityKind.RESET_LINK_REVOKED: _("Revoked password reset links"),
        SecurityKind.FACTOR_ADDED: _("New second factors"),
        SecurityKind.FACTOR_REMOVED: _("Removed second factors"),
        SecurityKind.FACTOR_FAILED: _("Failed second factors"),
        SecurityKind.RECOVERY_CODES_MADE: _("New recovery codes"),
        SecurityKind.RECOVERY_CODE_USED: _("Used recovery codes"),
        SecurityKind.TOKEN_MADE: _("New tokens"),
        SecurityKind.TOKEN_REVOKED: _("Revoked tokens"),
        SecurityKind.INVITE_MADE: _("Invites"),
        SecurityKind.INVITE_ENDED: _("Revoked invites"),
        SecurityKind.ADMIN_MADE: _("New administrators"),
        SecurityKind.ADMIN_UNMADE: _("Removed administrators"),
        SecurityKind.ACCOUNT_DISABLED: _("Disabled accounts"),
        SecurityKind.ACCOUNT_ENABLED: _("Enabled accounts"),
        SecurityKind.THROTTLED: _("Too many attempts"),
        SecurityKind.REFUSED: _("Refused requests"),
        SecurityKind.TRIMMED: _("Dropped entries"),
    }


def _sentences() -> dict[SecurityKind, str]:
    return {
        SecurityKind.LOGIN: _("{person} logged in"),
        SecurityKind.LOGIN_FAILED: _("Failed login for {person}"),
        SecurityKind.LOGOUT: _("{person} logged out"),
        SecurityKind.SESSION_ENDED: _("{actor} ended one of their sessions"),
        SecurityKind.SESSIONS_ENDED: _("{actor} ended all sessions of {person}"),
        SecurityKind.REGISTERED: _("{person} created an account"),
        SecurityKind.PASSWORD_CHANGED: _("{person} changed their password"),
        SecurityKind.RESET_LINK_MADE: _("{actor} created a password reset link for {person}"),
        SecurityKind.RESET_LINK_USED: _("{person} used a password reset link"),
        SecurityKind.RESET_LINK_REVOKED: _("{actor} revoked a password reset link for {person}"),
        SecurityKind.FACTOR_ADDED: _("{person} added a second factor"),
        SecurityKind.FACTOR_REMOVED: _("{actor} removed a second factor of {person}"),
        SecurityKind.FACTOR_FAILED: _("Wrong second factor for {person}"),
        SecurityKind.RECOVERY_CODES_MADE: _("{person} created new recovery codes"),
        SecurityKind.RECOVERY_CODE_USED: _("{person} used a recovery code"),
        SecurityKind.TOKEN_MADE: _("{actor} created a token"),
        SecurityKind.TOKEN_REVOKED: _("{actor} revoked a token"),
        SecurityKind.INVITE_MADE: _("{actor} created an invite"),
        SecurityKind.INVITE_ENDED: _("{actor} revoked an invite"),
        SecurityKind.ADMIN_MADE: _("{actor} made {person} an administrator"),
        SecurityKind.ADMIN_UNMADE: _("{actor} removed {person} as administrator"),
        SecurityKind.ACCOUNT_DISABLED: _("{actor} disabled the account of {person}"),
        SecurityKind.ACCOUNT_ENABLED: _("{actor} enabled the account of {person}"),
        SecurityKind.THROTTLED: _("Too many attempts by {actor}"),
        SecurityKind.REFUSED: _("A request from {actor} was refused"),
        SecurityKind.TRIMMED: _("The oldest entries were dropped"),
    }


STYLE = """
.log-filters { grid-template-columns: 1fr 1fr auto; align-items: end; }
@media (max-width: 700px) { .log-filters { grid-template-columns: 1fr; } }
"""
