"""The joined file does what the separate modules do, and each page has the one that it should."""

from collections.abc import Iterator
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

from chat_ui.server.javascript import JOINED, MAIN, joined
from tests.browser.person import Person

MODULES = {
    "main.js": """
import "./a/effect.js";
import { add, Counter, label, later } from "./a/counter.js";
import { count, touch } from "./count.js";
import * as all from "./count.js";
import { same as equal } from "./a/same.js";
const step = 1; // as in other modules: each has names of its own
const seen = [count];
touch(); add();
seen.push(count, all.count, new Counter().step, label, own());
function own() { return step; }
export const loaded = import("./b/alone.js");
export const told = async () => {
  const { alone } = await loaded;
  const [number, one, own] = alone();
  touch();
  const now = alone()[0];
  return { seen, number, now, count, isSame: one === equal, own, order: globalThis.order,
    later: await later(), strict: (function () { return this === undefined; })() };
};
""",
    "count.js": "export let count = 1; // changes\nexport function touch() { count += 1; }",
    "a/effect.js": "globalThis.order = [...(globalThis.order ?? []), 'effect'];",
    "a/counter.js": """import {
  touch,
} from "../count.js";
const step = 10;
export const add = () => touch();
export class Counter { step = step; }
export const label = new URL("../sound.wav", import.meta.url).pathname;
export async function later() { return step; }
// ends with a comment""",
    "a/same.js": "export const same = {};",
    "b/alone.js": """import { same } from "../a/same.js";
import * as counts from "../count.js";
import { own } from "./own.js";
export const alone = () => [counts.count, same, own];""",
    "b/own.js": "export const own = 'only for alone';",
}
"""Every form of `import` and `export` that is known."""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    yield made
    made.close()


def run(context: BrowserContext, files: dict[str, str], entry: str, read: str) -> object:
    """Load the module `entry` in a page of its own, and return what its `told` says."""

    def answer(route: Route) -> None:
        name = urlparse(route.request.url).path.removeprefix("/static/0/")
        if name in files:
            route.fulfill(body=files[name], content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page = context.new_page()
    page.route("**", answer)
    page.goto("http://modules.test/page")
    said = page.evaluate(f"import('/static/0/{entry}').then(async (entry) => await {read}())")
    page.close()
    return said


def test_joined_modules_do_what_separate_ones_do(context: BrowserContext) -> None:
    separate = run(context, MODULES, MAIN, "entry.told")
    files = joined(MODULES)
    assert set(files) == {JOINED, "b/alone.js", "b/own.js"}
    assert run(context, files, JOINED, 'entry.$modules["main.js"].told') == separate
    assert separate == {
        "seen": [1, 3, 3, 10, "/static/0/sound.wav", 1],
        "number": 3,
        "now": 4,
        "count": 4,
        "isSame": True,
        "own": "only for alone",
        "order": ["effect"],
        "later": 10,
        "strict": True,
    }


def test_a_page_has_one_script_and_loads_others_when_they_are_needed(
    asha: Person, room: int
) -> None:
    asha.open(room)
    scripts = "performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)"

    def ours() -> list[str]:
        found = asha.page.evaluate(scripts)
        return [path for path in found if path.startswith("/static/") and path.endswith(".js")]

    (one,) = ours()
    assert one.endswith(f"/{JOINED}")
    asha.page.locator("[data-action=emoji]").click()
    asha.page.wait_for_selector(".picker:popover-open")
    assert [path.rpartition("/")[2] for path in ours()] == [
        JOINED,
        "emoji_picker.js",
        "gif_list.js",
        "sticker_list.js",
    ]
