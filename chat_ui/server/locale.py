"""The reader's language, as NiceGUI and Quasar know it."""

import copy
from typing import cast, get_args

from nicegui.language import Language
from nicegui.page import page as nicegui_page

from services.core.i18n import language


def known() -> Language:
    """Return the language of this reader, for the page's `lang` and Quasar's own words."""
    code = {"en": "en-US"}.get(language(), language())
    return cast(Language, code if code in get_args(Language) else "en-US")


def page_in_language(shared: nicegui_page) -> nicegui_page:
    """Return a page like `shared`, which serves everybody, in the language of this reader."""
    mine = copy.copy(shared)
    mine.language = known()
    return mine
