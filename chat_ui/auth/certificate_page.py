"""The page that explains how to install the authority of the chat's own certificate."""

from collections.abc import Iterator
from textwrap import wrap

import htpy as h

from chat_ui.components import html
from chat_ui.components.forms import form
from services.core.i18n import _
from services.host.certificates import Certificate

PAGE = "/certificate"
FILE = "/certificate/authority.crt"
LINE = 24
"""Characters of the fingerprint in a line: eight bytes, as on a phone."""


def draw(found: Certificate) -> None:
    """Draw the card."""
    with form.card(_("Trust this chat")):
        html.draw(
            "div",
            h.p[
                _(
                    "The computer that runs this chat vouches for it itself. Install its "
                    "certificate once on each device: then browsers do not warn any more, and the "
                    "chat can notify you, be installed as an app and record voice notes."
                )
            ],
            h.p[
                _(
                    "The certificate is limited to this computer, and most devices hold it to "
                    "that: {names}"
                ).format(names=", ".join(sorted(found.hosts)))
            ],
            h.a(".button", href=FILE, download="chat-authority.crt")[_("Download certificate")],
            h.p[_("Compare the SHA-256 fingerprint that your device shows with the host's:")],
            h.code[(h.span[line] for line in wrap(found.fingerprint, LINE))],
            (
                h.details(".fold")[
                    h.summary[name], h.ol(".fold-inner")[(h.li[step] for step in steps)]
                ]
                for name, steps in _guides()
            ),
        ).classes("certificate")


def _guides() -> Iterator[tuple[str, list[str]]]:
    yield (
        "Android",
        [
            _("Download the certificate."),
            _("Open Settings, search for “CA certificate”, and choose “Install anyway”."),
            _("Choose the downloaded file."),
        ],
    )
    yield (
        "iPhone, iPad",
        [
            _("Download the certificate in Safari, and allow it."),
            _("Open Settings → General → VPN & Device Management, choose it, and install it."),
            _(
                "Open Settings → General → About → Certificate Trust Settings, and turn it on. "
                "Without this last step it does nothing."
            ),
        ],
    )
    yield (
        "Windows",
        [
            _("Download the certificate, and open it."),
            _("Choose “Install Certificate”, and “Current User”."),
            _(
                "Choose “Place all certificates in the following store”, and there "
                "“Trusted Root Certification Authorities”."
            ),
        ],
    )
    yield (
        "macOS",
        [
            _("Download the certificate, and open it: it goes into the login keychain."),
            _("Find it in Keychain Access, and open it with a double click."),
            _("Under “Trust”, choose “Always Trust”."),
        ],
    )
    yield (
        "Linux",
        [
            _("Download the certificate."),
            _(
                "In Chrome, open chrome://certificate-manager, then “Local certificates” and "
                "“Installed by you”, and import it as trusted."
            ),
        ],
    )
    yield (
        "Firefox",
        [
            _("Download the certificate."),
            _(
                "Open Settings → Privacy & Security → View Certificates → Authorities, import it, "
                "and trust it to identify websites."
            ),
        ],
    )


STYLE = """
.certificate { display: grid; gap: 12px; font-size: var(--text-m); }
.certificate p { margin: 0; overflow-wrap: anywhere; }
.certificate .button { text-align: center; text-decoration: none; }
.certificate code span { display: block; }
.certificate code { font: var(--text-s) var(--mono); overflow-wrap: anywhere; }
.certificate ol { margin: 0; padding-inline-start: 32px; }
"""
