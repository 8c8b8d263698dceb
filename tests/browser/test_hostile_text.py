"""What somebody types to break the page of others: it stands there as text, and the page works."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

HOSTILE = {
    "end of script": "</script><script>window.broken = 1</script>",
    "picture": "<img src=x onerror='window.broken = 2'>",
    "drawing": "<svg onload='window.broken = 3'><style>*{display:none}</style>",
    "template": "{{ constructor.constructor('window.broken = 4')() }} ${window.broken = 5}",
    "link": "[click me](javascript:window.broken=6) [and](data:text/html,<script>1</script>)",
    "attribute": '[a](https://e.example/"onmouseover=window.broken=7) ![b](x" onerror="a)',
    "code": '```"><img src=x onerror=window.broken=8>\n</pre><script>window.broken=9</script>\n```',
    "formula": "$\\href{javascript:window.broken=10}{x}$ $\\text{<img src=x onerror=alert(11)>}$",
    "deep quotes": ">" * 1000 + " bottom",
    "deep lists": "\n".join("  " * depth + f"- x{depth}" for depth in range(40)),
    "deep brackets": "[" * 1000 + "x" + "](y)" * 500,
    "tower": "Z" + "\u0300\u0301\u0316" * 8 + "algo",
    "right to left": "\u202egnp.exe\u202c \u2066stays\u2069 \u202eunclosed",
    "zero width": "a\u200b\u200d\u2060b",
    "looks like ours": "<article class=message data-seq=1 data-author=asha>mine</article>",
    "letters of every kind": "मराठी 日本語 العربية עברית 👩‍👩‍👧‍👦 🏳️‍🌈 ﷽",
}


# What must still be read where it is not simply all of it.
KEPT = {"deep quotes": "bottom", "deep lists": "x39", "deep brackets": "x](y)", "tower": "algo"}


@pytest.mark.long  # hostile text is tested where it is rendered
def test_it_is_text_to_everybody_at_once_and_later(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room).say(*HOSTILE.values())
    expect(asha.timeline.locator(".message")).to_have_count(len(HOSTILE))
    for person in (asha, ben):
        _is_intact(person)
    _is_intact(asha.reload())
    asha.say("still works")
    ben.sees("still works")


def _is_intact(person: Person) -> None:
    for name, shown in zip(HOSTILE, person.shown(), strict=True):
        assert shown.text, name
        assert KEPT.get(name, "") in shown.text, name
    assert person.page.evaluate("window.broken") is None
    harmless = """body => [...body.querySelectorAll('*')].every((part) =>
      !part.matches('script, style, img, iframe, svg, object, form, input, article')
      && [...part.attributes].every((its) => !its.name.startsWith('on')
      && !/^\\s*(javascript|data|vbscript):/i.test(its.value)))"""
    for body in person.timeline.locator(".message-body").all():
        assert body.evaluate(harmless), body.inner_html()
    # It stays within its message, and the message within the timeline.
    assert person.timeline.evaluate(
        "timeline => timeline.scrollWidth <= timeline.clientWidth"
        " && [...timeline.children].every((row) => row.matches('.message, .rule'))"
    )
    assert person.page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


@pytest.mark.long  # a further kind of hostile text
def test_what_was_typed_can_be_read(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    typed = ["<b>not bold</b> & &amp; <script>alert(1)</script>", "[x](javascript:alert(1))"]
    ben.open(room).say(*typed)
    asha.sees(*typed)
    assert asha.texts() == typed


@pytest.mark.long  # a further kind of hostile text
def test_turning_the_direction_does_not_reach_the_next_message(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(room).say("\u202etxt.exe", "plain")
    asha.sees("plain")
    assert [
        row.evaluate("row => getComputedStyle(row).direction") for row in asha.message_rows()
    ] == [
        "ltr",
        "ltr",
    ]
    body = asha.message("plain").locator(".message-body")
    assert body.evaluate("body => getComputedStyle(body).unicodeBidi") == "isolate"


@pytest.mark.long  # a further kind of hostile text
def test_hostile_names_of_rooms_are_text_too(asha: Person, ben: Person) -> None:
    name = "<img src=x onerror='window.broken = 1'> {{ 7 * 7 }}"
    asha.open()
    asha.page.get_by_test_id("new-room").click()
    asha.page.fill(".dialog input[name=name]", name)
    asha.page.fill(".dialog input[name=topic]", "</script><b>topic</b>")
    asha.page.check(".dialog input[name=private]")
    asha.page.click(".dialog button[type=submit]")
    expect(asha.page.locator(".room-title .name")).to_have_text(name)
    expect(asha.page.locator(".room-title .topic")).to_have_text("</script><b>topic</b>")
    asha.reload()
    expect(asha.page.locator(".room-title .name")).to_have_text(name)
    assert asha.page.evaluate("window.broken") is None
    assert asha.page.locator("[data-testid=room-list] img").count() == 0
