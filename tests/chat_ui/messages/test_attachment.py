"""Files in messages, which are drawn once for readers of every language."""

from contextvars import copy_context

from chat_ui.messages import attachment
from models import FileKind
from services.core import i18n
from services.core.dto import FileView


def test_a_file_is_the_same_in_every_language() -> None:
    file = FileView(
        name="notes.zip",
        size=2_400_000,
        kind=FileKind.OTHER,
        media_type="application/zip",
        width=0,
        height=0,
        has_preview=False,
        awaits_preview=False,
        excerpt="",
        wave="",
        seconds=0,
    )

    def drawn(code: str) -> str:
        i18n.set_language(code)
        return str(attachment.facts(file, attachment.size(file)))

    size = '<span data-figure="2400000" data-unit="bytes"></span>'
    assert {copy_context().run(drawn, code) for code in i18n.languages()} == {f"ZIP · {size}"}
