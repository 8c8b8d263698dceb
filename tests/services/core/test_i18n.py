"""Every sentence goes through the catalogs, and every catalog is complete."""

import ast
import asyncio
import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterator, Set
from contextvars import copy_context
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TypeVar

import httpx
import pytest
from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from services.core import filesize, i18n
from services.core.errors import ServiceError
from services.core.i18n import _, choose_language, language, plural
from services.core.text import clean
from tests.conftest import NewFolder
from tests.own_files import is_own
from tests.server import PROJECT, Server

T = TypeVar("T")

KEYWORDS = {"_": None, "plural": (1, 2), "N_": None}
FILES = [
    PROJECT / "main.py",
    *(
        path
        for folder in ("api", "chat_ui", "node", "services")
        for path in (PROJECT / folder).rglob("*.py")
    ),
]
SOURCES = [path for path in FILES if not is_own(path)]
CATALOGS = sorted(i18n.CATALOGS.glob("*.po"))
Sentence = str | tuple[str, ...]
MEMBERS = ("{count} member", "{count} members")
BRAND = "Simple Chat"
NOT_TRANSLATED = {BRAND, f" · {BRAND}", "⌘K", "Ctrl K", "GIF", "{sentence}"}
"""Texts that are the same in every language."""
READ = {
    "ui.label": {0, "text"},
    "ui.link": {0, "text"},
    "ui.notify": {0, "message"},
    "ui.page_title": {0, "title"},
    "form.card": {0, "title"},
    "form.field": {0, "words", "hint", "placeholder", "title"},
    "form.area": {0, "words", "hint"},
    "form.search": {0, "words"},
    "form.button": {0, "words"},
    "form.check": {0, "words"},
    "form.choice": {0, "words"},
    "form.fold": {0, "words"},
    "form.sentence": {0, "words"},
    "html.button": {1, "words"},
    "hidden_text.draw": {0, "words"},
    "overflow_menu.draw": {2, "words"},
    "register.password": {1, "words"},
    "dialog.show": {0, "title"},
    "page_header.draw": {0, "title"},
    "icon_button.draw": {1, "words"},
    "error_view.draw": {0, 1, "title", "sentence"},
    "error_view.draw_within": {0, 1, "title", "sentence"},
    "users.show_link": {0, 1, "title", "words"},
    "bubble.draw_waiting": {0, 1, 2, "retry", "edit", "cancel"},
    "public_pages.answer": {1, "title"},
    "view.View": {0, "title"},
    "page_context.notify": {0, "sentence"},
    "auth_middleware._say": {1, "sentence"},
    "terminal.say": {0, "sentence"},
    "terminal.fail": {0, "sentence"},
}
"""The arguments, by position or name, that the users of these functions' output read."""
ERRORS = {"ServiceError", "NotFound", "Conflict", "Forbidden", "Unavailable"}
VISIBLE = ("aria-label", "title", "placeholder", "data-word")
"""Prefixes of the properties that people read."""


def in_language(accepted: list[str], function: Callable[[], T]) -> T:
    """Return the result of `function` for a reader with these languages."""

    def call() -> T:
        choose_language(accepted)
        return function()

    return copy_context().run(call)


# -- the catalogs ---------------------------------------------------------------------------


@cache
def sentences(*, own: bool = False) -> frozenset[Sentence]:
    """Return all sentences of the program; those with a plural as pairs.

    With `own`, also those of files that somebody added to `chat_ui/custom/`.
    """
    return frozenset().union(*map(sentences_in, FILES if own else SOURCES))


@cache
def sentences_in(path: Path) -> frozenset[Sentence]:
    """Return the sentences of a file."""
    return frozenset(
        sentence if isinstance(sentence, str) else tuple(sentence)
        for _line, sentence, _comments, _context in extract_from_file("python", path, KEYWORDS)
    )


def catalog(path: Path) -> Catalog:
    with path.open("rb") as po:
        return read_po(po, locale=path.stem, abort_invalid=True)


def as_tuple(sentence: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (sentence,) if isinstance(sentence, str) else tuple(sentence)


def placeholders(sentence: str) -> Counter[tuple[str, str, str]]:
    return Counter(
        (name, conversion or "", form or "")
        for _text, name, form, conversion in Formatter().parse(sentence)
        if name is not None
    )


def test_there_are_catalogs_and_sentences() -> None:
    assert [path.stem for path in CATALOGS] == ["hi", "mr"]
    assert i18n.languages() == ("en", "hi", "mr")
    assert [i18n.own_name(code) for code in i18n.languages()] == ["English", "हिन्दी", "मराठी"]
    assert "Log in" in sentences()
    assert ("{count} member", "{count} members") in sentences()
    assert "Dates are often easy to guess." in sentences()


def faults(read: Catalog, wanted: Set[Sentence], known: Set[Sentence]) -> Iterator[str]:
    """Yield what is wrong with a catalog that needs the sentences `wanted` and may have `known`."""
    there = {
        message.id if isinstance(message.id, str) else tuple(message.id): message
        for message in read
        if message.id
    }
    yield from (f"missing: {each}" for each in wanted - there.keys())
    yield from (f"not used: {each}" for each in [*there.keys() - known, *read.obsolete])
    for sentence, message in there.items():
        translated = as_tuple(message.string)
        forms = 1 if isinstance(sentence, str) else read.num_plurals
        if message.fuzzy or len(translated) != forms or not all(translated):
            yield f"not translated: {sentence}"
        named = placeholders(as_tuple(sentence)[-1])
        if any(placeholders(form) != named for form in translated if form):
            yield f"other placeholders: {sentence}"


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_a_catalog_is_complete(path: Path) -> None:
    assert list(faults(catalog(path), sentences(), sentences(own=True))) == []


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_a_catalog_has_each_sentence_once(path: Path) -> None:
    """Of two translations the last is shown, unseen by who mends the other."""
    written = re.findall(r"^msgid (.*?)\n(?=msg)", path.read_text(encoding="utf-8"), re.M | re.S)
    counted = Counter("".join(re.findall('"(.*)"', each)) for each in written)
    assert [sentence for sentence, count in counted.items() if count > 1] == []


@pytest.mark.parametrize(
    ("line", "planted", "fault"),
    [
        ('msgid "Send"\nmsgstr "भेजें"', "", "missing: Send"),
        ('"भेजें"', '""', "not translated: Send"),
        ('msgid "Send"', '#, fuzzy\nmsgid "Send"', "not translated: Send"),
        ('"भेजें"', '"भेजें"\n\nmsgid "Sent"\nmsgstr "भेजा"', "not used: Sent"),
        ('"{name} को जोड़ें"', '"{nom} को जोड़ें"', "other placeholders: Add {name}"),
        ('"{name} को जोड़ें"', '"जोड़ें"', "other placeholders: Add {name}"),
        ('[1] "{count} सदस्य"', '[1] "सदस्य"', f"other placeholders: {MEMBERS}"),
        ('msgstr[1] "{count} सदस्य"', "", f"not translated: {MEMBERS}"),
    ],
)
def test_a_fault_in_a_catalog_is_found(tmp_path: Path, line: str, planted: str, fault: str) -> None:
    sound = """msgid ""
msgstr "Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Send"
msgstr "भेजें"

msgid "Add {name}"
msgstr "{name} को जोड़ें"

msgid "{count} member"
msgid_plural "{count} members"
msgstr[0] "{count} सदस्य"
msgstr[1] "{count} सदस्य"
"""
    wanted = {"Send", "Add {name}", MEMBERS}
    path = tmp_path / "hi.po"
    path.write_text(sound, encoding="utf-8")
    assert list(faults(catalog(path), wanted, wanted)) == []
    assert line in sound
    path.write_text(sound.replace(line, planted), encoding="utf-8")
    assert list(faults(catalog(path), wanted, wanted)) == [fault]


# -- choosing a language ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (["hi-IN", "en"], "hi"),
        (["hi"], "hi"),
        (["fr-FR", "hi-IN", "en"], "hi"),
        (["en-GB", "hi"], "en"),
        (["mr-IN", "hi"], "mr"),
        ([i18n.PSEUDO], "en"),
        (["tlh", "xx-YY"], "en"),
        (["*"], "en"),
        (["../hi", "", "\x00", "-", "hi/../hi"], "en"),
        ([], "en"),
    ],
)
def test_the_first_available_language_is_chosen(accepted: list[str], chosen: str) -> None:
    assert in_language(accepted, language) == chosen
    assert (
        in_language(accepted, lambda: _("Send"))
        == {"en": "Send", "hi": "भेजें", "mr": "पाठवा"}[chosen]
    )


def test_a_sentence_without_translation_is_english() -> None:
    assert in_language(["hi"], lambda: _("Nobody wrote this sentence.")) == (
        "Nobody wrote this sentence."
    )


async def test_the_language_is_set_for_one_task() -> None:
    both = asyncio.Barrier(2)

    async def read(accepted: list[str]) -> str:
        choose_language(accepted)
        await both.wait()
        return _("Send")

    assert await asyncio.gather(read(["hi"]), read(["en"])) == ["भेजें", "Send"]
    assert language() == "en"


def test_plural_forms() -> None:
    def members(count: int) -> str:
        return plural("{count} member", "{count} members", count).format(count=count)

    def too_long(over: int) -> str:
        with pytest.raises(ServiceError) as refused:
            clean("a" * (5 + over), 5, name=_("The topic"), multiline=False)
        return refused.value.message

    assert [in_language(["en"], lambda n=n: members(n)) for n in (0, 1, 2)] == [
        "0 members",
        "1 member",
        "2 members",
    ]
    assert in_language(["hi"], lambda: members(3)) == "3 सदस्य"
    assert "1 कैरेक्टर ज़्यादा है।" in in_language(["hi"], lambda: too_long(1))
    assert "2 कैरेक्टर ज़्यादा हैं।" in in_language(["hi"], lambda: too_long(2))
    assert in_language(["hi"], lambda: too_long(2)).startswith("विषय ")


# -- the real server ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Server]:
    with Server(new_folder()) as started:
        yield started


def test_pages_and_errors_are_in_the_readers_language(server: Server) -> None:
    hindi = {"accept-language": "hi-IN,hi;q=0.9,en;q=0.5"}
    english = {"accept-language": "en"}
    page = f"{server.address}/register"
    http = httpx.Client(verify=False)  # loading all certificates would take longer

    there = http.get(page, headers=hindi)
    assert there.status_code == 200
    for sentence in ("खाता बनाएँ", "यूज़रनेम", "दिखने वाला नाम"):
        assert sentence in there.text
    assert "Create account" not in there.text

    here = http.get(page, headers=english)
    assert "Create account" in here.text
    assert "खाता" not in here.text
    assert "Create account" in http.get(page, headers={"accept-language": "tlh"}).text

    short = {"username": "asha", "password": "short"}
    ours = {"origin": server.address}
    refused = http.post(page, headers=hindi | ours, data=short)
    assert refused.status_code == 400
    assert "पासवर्ड बहुत छोटा है। 8 या उससे ज़्यादा कैरेक्टर रखें।" in refused.text
    refused = http.post(page, headers=english | ours, data=short)
    assert "The password is too short. Use 8 characters or more." in refused.text

    strange = http.post(page, headers=hindi, data=short)
    assert strange.status_code == 403
    assert strange.text.startswith("यह फ़ॉर्म इसी साइट के पेज से")


def test_a_language_is_chosen_without_a_session(server: Server) -> None:
    with httpx.Client(base_url=server.address, headers={"accept-language": "hi"}) as browser:
        assert '<html lang="hi" dir="ltr">' in browser.get("/register").text
        choose = {"language": "mr", "next": "/register?invite=x"}
        ours = {"origin": server.address}
        chosen = browser.post("/login/language", headers=ours, data=choose)
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/register?invite=x")
        page = browser.get("/register").text
        assert '<html lang="mr" dir="ltr">' in page
        assert "खाते तयार करा" in page
        for unknown in ("tlh", i18n.PSEUDO, ""):
            choose = {"language": unknown, "next": "https://example.org/"}
            chosen = browser.post("/login/language", headers=ours, data=choose)
            assert (chosen.headers["location"], chosen.cookies) == ("/login", {})


# -- every visible text is translated --------------------------------------------------------


def dotted(node: ast.expr) -> str:
    """Return the dotted name of an expression, such as `ui.label`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def needs_translation(text: object) -> bool:
    return (
        isinstance(text, str)
        and text not in NOT_TRANSLATED
        and any(character.isalpha() for character in text)
    )


def untranslated(node: ast.expr) -> list[str]:
    """Return the literals of an expression that are shown without translation."""
    if isinstance(node, ast.Constant):
        return [node.value] if needs_translation(node.value) else []
    if isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    elif isinstance(node, ast.Call):
        # "…".format(…) shows its literal; other calls are checked where they are defined.
        parts = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    elif isinstance(node, (ast.JoinedStr, ast.BoolOp)):
        parts = node.values
    elif isinstance(node, ast.FormattedValue):
        parts = [node.value]
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, (ast.List, ast.Tuple)):
        parts = node.elts
    else:
        parts = []
    return [text for part in parts for text in untranslated(part)]


def read_arguments(call: ast.Call, module: str) -> Iterator[ast.expr]:
    """Yield the arguments of a call that people read."""
    name = dotted(call.func)
    places = READ.get(name) or READ.get(f"{module}.{name}") or set()
    if name.rpartition(".")[2] in {"notify", "offer_undo"}:
        places = READ["page_context.notify"]
    if name.rpartition(".")[2] in ERRORS:
        places = {0, "sentence"}
    yield from (each for place, each in enumerate(call.args) if place in places)
    yield from (each.value for each in call.keywords if each.arg in places)
    if name.startswith("h."):
        attributes = [(each.arg or "").replace("_", "-") for each in call.keywords]
        yield from (
            each.value
            for attribute, each in zip(attributes, call.keywords, strict=True)
            if attribute.startswith(VISIBLE) and attribute != "aria-labelledby"  # ids
        )


def properties(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the values of visible properties and children of elements."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if (
                isinstance(target, ast.Subscript)
                and isinstance(target.slice, ast.Constant)
                and str(target.slice.value).startswith((*VISIBLE, "--word"))
            ):
                yield node.value
    elif isinstance(node, ast.Call) and dotted(node.func).endswith("json.dumps"):
        yield from node.args[:1]  # a word for the stylesheet
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and str(key.value).startswith(VISIBLE):
                yield value
    elif isinstance(node, ast.Subscript) and (
        dotted(node.value).startswith("h.")
        or (isinstance(node.value, ast.Call) and dotted(node.value.func).startswith("h."))
    ):
        yield node.slice  # the children of an htpy element


def spelled_properties(node: ast.AST) -> Iterator[str]:
    """Yield the visible properties in the string argument of `.props()`."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "props"
    ):
        for argument in node.args:
            spelled = ast.unparse(argument)
            yield from (word for word in VISIBLE if f"{word}=" in spelled or f"{word}-" in spelled)


def untranslated_texts(source: str, module: str) -> list[str]:
    """Return the visible texts of a file that are not translated, each with its line number."""
    found = []
    for node in ast.walk(ast.parse(source)):
        visible = list(properties(node))
        if isinstance(node, ast.Call):
            visible += read_arguments(node, module)
        texts = [text for each in visible for text in untranslated(each)]
        found += [f"{node.lineno}: {text!r}" for text in [*texts, *spelled_properties(node)]]
    return found


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def test_every_visible_text_is_translated() -> None:
    found = {
        name(path): untranslated_texts(path.read_text(encoding="utf-8"), path.stem)
        for path in SOURCES
    }
    assert {path: texts for path, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "line",
    [
        "ui.label('Hello')",
        "ui.label(f'Hello {name}')",
        "ui.label('Hello {}'.format(name))",
        "ui.label(topic or 'No topic')",
        "ui.label(_('Yes') if sure else 'No')",
        "ui.label(_('Room') + ': private')",
        "form.field(_('Name'), 'name', hint='Short')",
        "icon_button.draw('close', 'Close')",
        "box.props['aria-label'] = box.props['title'] = 'Send'",
        "hint.props['data-word-left'] = 'left'",
        "box.props('name=a placeholder=Message')",
        "box.props.update({'title': 'Send'})",
        "h.p('.note')['Hello']",
        "h.a(title='Open')[topic]",
        "style['--word-copy'] = json.dumps('Copy')",
        "self.page.notify('Saved.', good=True)",
        "self.page.offer_undo('Archived.', undo)",
        "html.button('close', 'Close')",
        "form.choice('Density', 'density', options, chosen, on_choose)",
        "raise ServiceError('No.')",
    ],
)
def test_untranslated_text_is_found(line: str) -> None:
    assert untranslated_texts(line, "page") != []


@pytest.mark.parametrize(
    "line",
    [
        "ui.label('Simple Chat')",
        "ui.label(f'@{name}')",
        "ui.label(_('Hello {name}').format(name=name))",
        "ui.label(_('Yes') if sure else '')",
        "ui.icon('send').props('aria-hidden=true')",
        "ui.page_title(f'{title} · Simple Chat')",
        "icon_button.draw('close', _('Close'), 'only-narrow')",
        "h.p('.note')[_('Hello')]",
        "box.props['data-limit'] = 'none'",
    ],
)
def test_other_text_needs_no_translation(line: str) -> None:
    assert untranslated_texts(line, "page") == []


def test_every_sentence_is_a_literal_looked_up_at_run_time() -> None:
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = calls_within_functions(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or dotted(node.func) not in KEYWORDS:
                continue
            shown = f"{name(path)}:{node.lineno}: {ast.unparse(node)}"
            if dotted(node.func) != "N_":
                assert id(node) in inside, f"looked up at import: {shown}"
            texts = node.args[:2] if dotted(node.func) == "plural" else node.args[:1]
            # The sentences of zxcvbn are marked in `passwords.REASONS`, the names of the emoji
            # groups in `emoji_groups.GROUPS`.
            if ast.unparse(node) not in ("_(warning)", "_(group)"):
                assert all(isinstance(text, ast.Constant) for text in texts), f"no literal: {shown}"


def calls_within_functions(tree: ast.Module) -> set[int]:
    """Return the ids of the calls that run later than at import."""
    return {
        id(call)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for part in (function.body if isinstance(function.body, list) else [function.body])
        for call in ast.walk(part)
    }


# -- JavaScript has no texts of its own ------------------------------------------------------

SCRIPTS = sorted((PROJECT / "chat_ui").rglob("*.js"))
QUOTED = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)"""
SHOWN = re.compile(
    rf"""\.(?:textContent|innerText|title|placeholder|ariaLabel)\s*=(?!=)\s*(?P<set>{QUOTED})"""
    rf"""|setAttribute\(\s*["'](?:aria-label|title|placeholder|alt)["']\s*,\s*(?P<named>{QUOTED})"""
    rf"""|(?P<any>{QUOTED})"""
)
PHRASE = re.compile(r"[A-Z][a-z]+(?: [a-z]+)+[.!?…]?")


def texts_in_script(source: str) -> list[str]:
    """Return what JavaScript shows to people that did not come from Python, translated."""
    code = re.sub(r"(?m)(?<![:\"'`])//.*$", "", re.sub(r"(?s)/\*.*?\*/", "", source))
    found = []
    for match in SHOWN.finditer(code):
        quoted = match["set"] or match["named"] or match["any"]
        text = re.sub(r"\$\{[^}]*\}", "", quoted[1:-1])
        is_shown = not match["any"] and re.search(r"[^\W\d_]{2}", text)
        if is_shown or PHRASE.fullmatch(text.strip()):
            found.append(quoted)
    return found


def test_scripts_show_only_texts_from_python() -> None:
    found = {
        name(path): texts_in_script(path.read_text(encoding="utf-8"))
        for path in SCRIPTS
        if not is_own(path)
    }
    assert {path: texts for path, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "line",
    [
        'hint.textContent = "Sent";',
        "button.title = `Sent by ${name}`;",
        'button.setAttribute("aria-label", "close");',
        'const word = bar.dataset.word ?? "Voice note";',
        "show('Something went wrong.');",
    ],
)
def test_text_in_a_script_is_found(line: str) -> None:
    assert texts_in_script(line) != []


@pytest.mark.parametrize(
    "line",
    [
        'hint.textContent = "";',
        "hint.textContent = hint.dataset.word;",
        'if (event.key === "Enter") open();',
        "time.textContent = `${minutes}:${seconds}`;",
        'const made = "2-digit"; // Shown to people',
    ],
)
def test_other_strings_in_a_script_are_fine(line: str) -> None:
    assert texts_in_script(line) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ["7", "1,234,567"]),
        ("hi", ["7", "12,34,567"]),
        ("mr", ["७", "१२,३४,५६७"]),
        (i18n.PSEUDO, ["7", "1,234,567"]),
    ],
)
def test_numbers_are_written_as_in_the_language(code: str, expected: list[str]) -> None:
    """And as browsers write the times beside them (CLDR)."""

    def written() -> list[str]:
        i18n.set_language(code)
        return [i18n.number(7), i18n.number(1_234_567)]

    assert copy_context().run(written) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ["999 B", "2.4 MB", "25 MB", "Jan 31, 2026"]),
        ("hi", ["999 B", "2.4 MB", "25 MB", "31 जन॰ 2026"]),
        ("mr", ["९९९ B", "२.४ MB", "२५ MB", "३१ जाने, २०२६"]),
        (i18n.PSEUDO, ["999 B", "2.4 MB", "25 MB", "Jan 31, 2026"]),
    ],
)
def test_sizes_and_days_are_written_as_in_the_language(code: str, expected: list[str]) -> None:
    def written() -> list[str]:
        i18n.set_language(code)
        sizes = [filesize.text(size) for size in (999, 2_400_000, 25_000_000)]
        return [*sizes, i18n.date(datetime.date(2026, 1, 31))]

    assert copy_context().run(written) == expected


EXAMPLES = re.compile(
    r"\{\w+\}|#[0-9a-f]{6}|\d{4}-\d\d-\d\d|\d\d:\d\d|SHA-256|[Ss]3|eu-central-1|6543|6379"
    r"|bytes=0-99|BACKUPS 0|25 MB सारखा|m\.megolm\.v1\.aes-sha2"
)
"""What is typed or read just so: in every language in the same digits."""


def test_numbers_in_sentences_have_the_digits_of_the_language() -> None:
    checked = 0
    for path in CATALOGS:
        others = r"[0-9]" if path.stem in i18n.DIGITS else r"[०-९]"
        for message in catalog(path):
            for said in as_tuple(message.string) if message.id else ():
                checked += 1
                assert not re.search(others, EXAMPLES.sub("", said)), (path.stem, said)
    assert checked > 1000


def test_other_digits_are_those_of_the_language() -> None:
    for code in i18n.languages():
        assert (Locale.parse(code).default_numbering_system == "latn") == (code not in i18n.DIGITS)


def test_counts_on_the_screen_are_written_in_the_language() -> None:
    """What the terminal says is for scripts, too."""
    pages = [path for path in SOURCES if "chat_ui" in path.parts and "commands" not in path.parts]
    assert len(pages) > 80
    plain = re.compile(r"\.format\(\s*count=(?!number\()")
    assert [path for path in pages if plain.search(path.read_text(encoding="utf-8"))] == []


def test_limits_in_sentences_are_written_in_the_language() -> None:
    plain = re.compile(r"\.format\([^()]*?\b\w+=[A-Z][A-Z_]{2,}\b")
    found = [
        path.name
        for path in SOURCES
        if "commands" not in path.parts and plain.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
