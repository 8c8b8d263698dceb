"""The language of pages, for the browser and for Quasar, and their direction."""

import copy
from typing import Any, cast, get_args

from fastapi import Request
from markupsafe import Markup
from nicegui import app
from nicegui.client import templates
from nicegui.language import Language
from nicegui.page import page as nicegui_page

from services.core.i18n import direction, language


def install() -> None:
    """Let each page say its language and direction.

    NiceGUI knows only the languages that Quasar has texts for, and Quasar would set the attributes
    of those.
    """
    if _html_attributes not in templates.context_processors:
        templates.context_processors.append(_html_attributes)
    app.config.quasar_config["lang"] = {"noHtmlAttrs": True}


def _html_attributes(_request: Request) -> dict[str, Any]:
    # The template writes it between the quotes of `lang`.
    return {"html_lang": Markup('{}" dir="{}').format(language(), direction())}


def quasar_language() -> Language:
    """Return the current language, or English, for Quasar's texts."""
    code = {"en": "en-US"}.get(language(), language())
    return cast(Language, code if code in get_args(Language) else "en-US")


def page_in_language(shared: nicegui_page) -> nicegui_page:
    """Return a copy of `shared`, which serves everybody, in the current language."""
    translated = copy.copy(shared)
    translated.language = quasar_language()
    return translated
