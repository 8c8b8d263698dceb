"""The current language, as NiceGUI and Quasar call it."""

import copy
from typing import cast, get_args

from nicegui.language import Language
from nicegui.page import page as nicegui_page

from services.core.i18n import language


def known() -> Language:
    """Return the current language, for the `lang` of a page and Quasar's texts."""
    code = {"en": "en-US"}.get(language(), language())
    return cast(Language, code if code in get_args(Language) else "en-US")


def page_in_language(shared: nicegui_page) -> nicegui_page:
    """Return a copy of `shared`, which serves everybody, in the current language."""
    translated = copy.copy(shared)
    translated.language = known()
    return translated
