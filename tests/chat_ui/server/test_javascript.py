"""Joining the JavaScript modules: every form that they use is known, and no other is let through.

What the joined file does, a real browser says: see `tests/browser/test_scripts.py`.
"""

from pathlib import Path

import pytest
from pygments import lex
from pygments.lexers.javascript import JavascriptLexer
from pygments.token import Comment

from chat_ui.server import assets, javascript
from chat_ui.server.javascript import UnknownFormError, eager, joined, without_comments

OURS = assets.modules()


def test_all_modules_can_be_joined() -> None:
    """If this fails, either write it in one of the forms that are known, or make the form known."""
    made = joined(OURS)
    inside = made.pop(javascript.JOINED)
    assert set(made) == {
        "components/emoji/emoji_picker.js",
        "components/emoji/gif_list.js",
        "components/emoji/sticker_list.js",
        "rooms/composer/voice_note.js",
    }
    assert set(eager(OURS)) == set(OURS) - set(made)
    for name in eager(OURS):
        assert inside.count(f'\n$modules["{name}"] = ') == 1


@pytest.mark.parametrize("name", OURS)
def test_only_comments_and_spaces_are_left_out(name: str) -> None:
    assert tokens(without_comments(OURS[name])) == tokens(OURS[name])


def tokens(text: str) -> list[str]:
    """Return the words and signs of a script; of spaces, those within them alone."""
    return [
        value
        for kind, value in lex(text, JavascriptLexer())
        if kind not in Comment and value.strip()
    ]


def test_a_module_comes_after_those_that_it_imports() -> None:
    modules = {
        "main.js": 'import "./a/one.js";\nimport { two } from "./two.js";\ntwo();',
        "a/one.js": 'import {\n  two,\n} from "../two.js";\ntwo();',
        "two.js": "export const two = () => 2;",
        "three.js": "export const three = 3;",
    }
    assert eager(modules) == ["two.js", "a/one.js", "main.js"]


@pytest.mark.parametrize(
    "form",
    [
        'import one from "./other.js";',
        'import one, { two } from "./other.js";',
        'import { "a b" as one } from "./other.js";',
        'import { one } from "./other.js" with { type: "json" };',
        "import { one } from './other.js';",
        'import { one } from "vue";',
        'import { one } from "./nowhere.js";',
        '  import { one } from "./other.js";',
        "export default 1;",
        "export { one };",
        'export * from "./other.js";',
        'export { one } from "./other.js";',
        "export const { one, two } = three;",
        "export const [one] = two;",
        "export let one;",
        "export let one = 1, two = 2",
        "export const one = 1, two = 2;",
        "export const one = (1, 2), two = 2",
        'export const one = ",",\n  two = 2;',
        "export const one = {\n  a: 1,\n}, two = 2;",
        "export const one = { a: 1 } // one\n  , two = 2;",
        "export var one = 1;",
        "export function* one() {}",
        "const one = () => import(name);",
        'const one = () => import("vue");',
        'const one = () => import("./nowhere.js");',
        'const one = () => import("./other.js");',
        "const one = import.meta.resolve;",
        "const one = await two();",
        "await two();",
    ],
)
def test_a_form_that_is_not_known_is_an_error(form: str) -> None:
    main = 'import { x } from "./other.js";\nconst all = x;\n'
    joined({"main.js": main, "other.js": "export const x = 1;"})
    with pytest.raises(UnknownFormError):
        joined({"main.js": f"{main}{form}\n", "other.js": "export const x = 1;"})


@pytest.mark.parametrize(
    "form",
    [
        "export const one = (two, { three } = {}) => {\n  const a = 1, b = 2;\n};",
        'export const one = two("a, b", [1, 2], `,`); // a, b',
        "export const one = {\n  a: 1,\n  b: 2,\n};\nconst a = 1, b = 2;",
    ],
)
def test_commas_within_a_value_are_no_list(form: str) -> None:
    joined({"main.js": form})


@pytest.mark.parametrize(
    "form",
    [
        "import { x } from './other.js';",
        'import x from "./other.js";',
        'import { y } from "./nowhere.js";',
        'export { x } from "./other.js";',
        'export * from "./other.js";',
        'const later = () => import("./other.js");',
        'const later = () => import("./nowhere.js");',
        "const later = () => import('./other.js');",
    ],
)
def test_a_module_that_stays_a_file_takes_no_joined_one_in_a_form_that_is_not_known(
    form: str,
) -> None:
    modules = {
        "main.js": 'import "./other.js";\nconst later = () => import("./alone.js");',
        "other.js": "export const x = 1;",
        "own.js": "export const own = 1, two = 2;",
    }
    known = 'import { x as y } from "./other.js";\nimport { own } from "./own.js";\n'
    made = joined({**modules, "alone.js": known})
    assert 'const { x: y } = $modules["other.js"];' in made["alone.js"]
    assert 'import { own } from "./own.js";' in made["alone.js"]
    with pytest.raises(UnknownFormError, match="alone"):
        joined({**modules, "alone.js": f"{known}{form}\n"})


CIRCLES = [
    {"main.js": 'import "./main.js";'},
    {"main.js": 'import "./a.js";', "a.js": 'import "./b.js";', "b.js": 'import "./a.js";'},
]


@pytest.mark.parametrize("modules", CIRCLES)
def test_a_circle_is_an_error(modules: dict[str, str]) -> None:
    with pytest.raises(UnknownFormError, match="imports itself"):
        joined(modules)


@pytest.mark.parametrize("modules", [*CIRCLES, {"main.js": "export default 1;"}])
def test_modules_that_cannot_be_joined_are_served_one_by_one(
    app_settings, monkeypatch, tmp_path: Path, modules: dict[str, str]
) -> None:
    for name, text in modules.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(assets, "CHAT_UI", tmp_path)
    assets.forget()
    try:
        assert assets.scripts() == modules
        assert assets._entry() == javascript.MAIN
        assets._preloads()  # which a page needs, and must not fail
    finally:
        assets.forget()


def test_a_variable_that_changes_has_a_name_of_its_own() -> None:
    uses = 'import { up } from "./a.js";\nimport "./b.js";\nsay(up);'
    modules = {"main.js": uses, "a.js": "export let up = 1;", "b.js": "export let down = 1;"}
    joined(modules)
    with pytest.raises(UnknownFormError, match="up"):
        joined({**modules, "b.js": "export let up = 1;"})
    with pytest.raises(UnknownFormError, match="up"):
        joined({**modules, "main.js": uses.replace("{ up }", "{ up as above }")})
    with pytest.raises(UnknownFormError, match="up"):
        joined({**modules, "alone.js": 'import { up } from "./a.js";'})
