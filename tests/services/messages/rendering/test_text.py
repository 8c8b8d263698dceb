"""The text of a message as HTML: what it shows, what it refuses, and how long it may take."""

import importlib
import inspect
import logging
import re
import sys
from html import escape
from html.parser import HTMLParser
from time import thread_time
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.text import MESSAGE_LIMIT
from services.messages.rendering import code, markdown, math, text
from services.messages.rendering.code import code_css
from services.messages.rendering.combining_marks import MAX_MARKS, without_towers
from services.messages.rendering.text import to_html

LINK = 'target="_blank" rel="noopener noreferrer nofollow ugc"'

# Written out here once more, so that a slip in the allow-list shows.
EVERYDAY = set(
    "a blockquote br button code em figcaption figure h3 h4 h5 h6 hr li ol p pre s span strong"  # noqa: SIM905
    " table tbody td th thead tr ul".split()
)
FORMULAS = set(
    "math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub"  # noqa: SIM905
    " msubsup msup mtable mtd mtext mtr munder munderover".split()
)
ATTRIBUTES = {
    "a": {"href", "title", "rel", "target"},
    "ol": {"start", "dir"},
    "td": {"align", "dir"},
    "th": {"align", "dir"},
    "button": {"type", "class", "data-action"},
    "code": {"class"},
    "figure": {"class"},
    "pre": {"class"},
    "span": {"class", "data-language"},
    **{tag: {"dir"} for tag in "blockquote h3 h4 h5 h6 li p table ul".split()},  # noqa: SIM905
}


class Page(HTMLParser):
    """What a browser would find in some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def links(self) -> list[str | None]:
        return [attributes.get("href") for tag, attributes in self.elements if tag == "a"]


def dangers(html: str) -> list[str]:
    """Name everything in `html` that no message may bring into a page."""
    found = []
    for tag, attributes in Page(html).elements:
        if tag not in EVERYDAY | FORMULAS:
            found.append(f"<{tag}>")
        allowed = ATTRIBUTES.get(tag, set())
        if tag in FORMULAS:
            allowed = set(math.ATTRIBUTES) | {"alttext"}
        found += [f"{tag} {name}" for name in attributes if name not in allowed]
        if tag == "a":
            address = attributes.get("href", "https:") or ""
            if urlsplit(address).scheme not in ("http", "https", "mailto"):
                found.append(address)
            if attributes.get("rel") != "noopener noreferrer nofollow ugc":
                found.append("a rel")
    return found


def shown(typed: str) -> str:
    return Page(to_html(typed)).words


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("Hello, you.", "<p>Hello, you.</p>"),
        ("**b** *i* ~~s~~", "<p><strong>b</strong> <em>i</em> <s>s</s></p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. c", '<ol start="3">\n<li>c</li>\n</ol>'),
        ("# Big", "<h3>Big</h3>"),
        ("###### small", "<h6>small</h6>"),
        ("text\n---", "<p>text</p>\n<hr>"),
        ("text\n===", "<p>text<br>\n===</p>"),
        ("[words](https://a.org)", f'<p><a href="https://a.org" {LINK}>words</a></p>'),
        ("R&D & &lt; stay", "<p>R&amp;D &amp; &amp;lt; stay</p>"),
    ],
)
def test_markdown(typed: str, html: str) -> None:
    assert to_html(typed) == html


def test_tables_align_without_styles() -> None:
    html = to_html("a|b\n:-:|-:\n1|2")
    assert '<th align="center">a</th>' in html
    assert '<td align="right">2</td>' in html


@pytest.mark.parametrize("typed", ["[a]: http://x.org", "[](https://a.org)", "![](https://a.org)"])
def test_nothing_typed_vanishes(typed: str) -> None:
    assert "http" in shown(typed)


def test_code_is_coloured_and_ready_to_be_copied() -> None:
    assert to_html("```Python\nprint('<a>')\n```") == (
        '<figure class="code"><figcaption>'
        '<span class="code-language" data-language="Python"></span>'
        '<button type="button" class="copy" data-action="copy"></button></figcaption>'
        '<pre class="highlight"><code><span class="nb">print</span><span class="p">(</span>'
        "<span class=\"s1\">'&lt;a&gt;'</span>"
        '<span class="p">)</span></code></pre></figure>'
    )


@pytest.mark.parametrize("language", ["", "klingon", "<script>", 'x"onclick="y'])
def test_code_in_an_unknown_language_is_plain(language: str) -> None:
    page = Page(html := to_html(f"```{language}\nif <b>: x\n```"))
    assert page.words == "if <b>: x"
    assert ("span", {"class": "code-language", "data-language": language}) in page.elements
    assert not dangers(html)


def test_the_name_of_a_language_has_a_limit() -> None:
    html = to_html("```" + "x" * 3_000 + "\ny\n```")
    assert f'data-language="{"x" * code.MAX_NAME_LENGTH}"' in html


@pytest.mark.parametrize("language", ["", *sorted(code.LANGUAGES)])
def test_code_keeps_its_blank_lines_but_ends_without_one(language: str) -> None:
    assert shown(f"```{language}\n\n  a\n\nb\n```") == "\n  a\n\nb"
    assert shown(f"~~~{language}\n\n  a\n\nb\n  \n\n~~~") == "\n  a\n\nb"


@pytest.mark.parametrize("language", sorted(code.LANGUAGES))
def test_every_language_has_its_lexer(language: str) -> None:
    assert code._lexer(language)


def test_code_css_touches_nothing_but_code() -> None:
    rules = code_css().splitlines()
    assert any(rule.startswith("body:not(.body--dark) .highlight .k ") for rule in rules)
    assert any(rule.startswith("body.body--dark .highlight .k ") for rule in rules)
    assert all(re.match(r"body(\.|:not\(\.)body--dark\)? \.highlight\b", rule) for rule in rules)


def test_formulas() -> None:
    assert to_html("so $x^2 < y$.") == (
        '<p>so <math display="inline" alttext="x^2 &lt; y"><mrow><msup><mi>x</mi><mn>2</mn></msup>'
        "<mo>&lt;</mo><mi>y</mi></mrow></math>.</p>"
    )
    assert '<math display="block" alttext="a"' in to_html("where $$a$$ is")
    matrix = to_html("$$\n\\begin{pmatrix}\na & b \\\\\n- c & d\n\\end{pmatrix}\n$$")
    assert matrix.startswith('<p><math display="block"')
    assert matrix.count("<mtd>") == 4
    assert "<mi>π</mi>" in to_html(r"> $$\pi$$")


@pytest.mark.parametrize(
    "typed",
    [
        "it costs $5 and $10",
        "between $5-$10, or US$5 and A$6",
        "$5 (US$) each",
        "$20, or 30$ later",
        "$HOME/$USER and $PATH",
        r"\$x$ is escaped",
        "a $ b $ c",
        "$$$",
        "$$ $$",
    ],
)
def test_money_is_not_mathematics(typed: str) -> None:
    assert "<math" not in to_html(typed)
    assert shown(typed) == typed.replace("\\$", "$")


def test_a_price_later_in_the_line_does_not_spoil_a_formula() -> None:
    assert "<math" in to_html("$x$ is 5")  # 5 is the last character


@pytest.mark.parametrize("typed", ["`$x$`", "```\n$x$\n$$y$$\n```"])
def test_code_holds_no_formulas(typed: str) -> None:
    assert "<math" not in to_html(typed)
    assert "$x$" in shown(typed)


@pytest.mark.parametrize(
    "source", [r"\frac{", r"a_b_c", r"\begin{matrix}a", r"\left(", "x" * 1_001, r"\def\a{b}\a"]
)
def test_a_formula_that_cannot_be_drawn_shows_its_source(source: str) -> None:
    assert to_html(f"${source}$") == f'<p><code class="formula">${source}$</code></p>'
    assert to_html(f"$${source}$$") == f'<p><code class="formula">$${source}$$</code></p>'


@pytest.mark.parametrize(
    "source",
    [
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed;inset:0}{x}",
        r"\class{highlight}{x}",
        r"\color{red;background:url(//e.org)}x",
        r"\unicode{<script>}",
    ],
)
def test_a_formula_brings_nothing_but_a_formula(source: str) -> None:
    html = to_html(f"$x {source}$")
    assert "<mi>x</mi>" in html
    assert not dangers(html)
    assert "url(" not in html.split(">", 2)[2]


def test_a_formula_stays_in_its_place() -> None:
    html = to_html(r"$\hspace{-900em}\rule{99em}{99em}\Huge x$")
    drawn = html.split(">", 2)[2]
    assert "<mi>x</mi>" in drawn
    assert "900" not in drawn
    assert "99em" not in drawn
    assert "mathsize" not in drawn


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("see https://a.org/x?y=1&z=(2).", "https://a.org/x?y=1&z=(2)"),
        ("at docs.python.org/3/, say", "http://docs.python.org/3/"),
        ("to asha@example.com", "mailto:asha@example.com"),
        ("<https://a.org>", "https://a.org"),
        ("![a cat](https://a.org/cat.png)", "https://a.org/cat.png"),
        ("[![cat](https://a.org/cat.png)](https://b.org)", "https://b.org"),
        ("http://localhost:8080/chat", "http://localhost:8080/chat"),
    ],
)
def test_links(typed: str, address: str) -> None:
    page = Page(html := to_html(typed))
    assert page.links == [address]
    assert not dangers(html)


@pytest.mark.parametrize("typed", ["main.py and notes.md", "The end.Then more.", "v1.2.3", "a@b"])
def test_a_dot_does_not_make_a_link(typed: str) -> None:
    assert to_html(typed) == f"<p>{typed}</p>"


def test_a_picture_is_never_loaded() -> None:
    html = to_html('![cat <b> "x"](https://a.org/cat.png)')
    assert "<img" not in html
    assert Page(html).words == 'cat <b> "x"'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "java&#115;cript:alert(1)",
        "java&Tab;script:alert(1)",
        "&#x6A;avascript:alert(1)",
        "%6Aavascript:alert(1)",
        "\u202ejavascript:alert(1)",
        "vbscript:x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/png;base64,xx",
        "file:///etc/passwd",
        "ftp://a.org",
        "//a.org",
        "/logout",
        "http:/logout",
        "https:",
        "?a=b",
        "#top",
    ],
)
def test_only_the_web_and_mail_are_linked(address: str) -> None:
    for typed in (f"[x]({address})", f"![x]({address})", f"[x](<{address}>)", f"<{address}>"):
        assert Page(to_html(typed)).links == [], typed
        assert "x" in shown(typed) or address[:3] in shown(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<iframe srcdoc='<script>x</script>'></iframe>",
        "<!-- <p title='--><img src=x onerror=y>'>",
        "<math><mi><style><img title='</style><img src onerror=x>'></math>",
        "<a href='javascript:x'>y</a>",
    ],
)
def test_html_is_shown_as_it_was_typed(typed: str) -> None:
    assert shown(typed).strip() == typed
    assert not dangers(to_html(typed))


def test_the_second_wall_holds_alone() -> None:
    html = (
        '<p onclick="x" style="position:fixed" id="a" class="q-dialog">a</p>'
        '<span class="k fixed">b</span><img src=x onerror=y><script>c</script>'
        '<a href="java&#9;script:x">d</a><a href="data:x">e</a><a href="/f">f</a>'
        '<button data-action="delete" type="submit" class="copy send">g</button>'
        '<math><mi href="javascript:x">h</mi><mtext><style><img src=x></style></mtext></math>'
    )
    clean = markdown._wall().clean(html)
    assert clean.startswith('<p>a</p><span class="k">b</span><a')
    assert "href" not in clean
    assert '<button class="copy">g</button><math><mi>h</mi>' in clean
    assert {tag for tag, _ in Page(clean).elements} <= EVERYDAY | FORMULAS


def lines_run(typed: str) -> int:
    """Return how many lines of Python run while a text is drawn."""
    count, before = 0, sys.gettrace()

    def trace(*_event: object) -> Any:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        to_html(typed)
    finally:
        sys.settrace(before)
    return count


def drawn(typed: str) -> str:
    """Draw it, in less than half a second of CPU: a regular expression is one line.

    The longest take 0.1 seconds.
    """
    started = thread_time()
    html = to_html(typed)
    assert thread_time() - started < 0.5
    return html


def mostly_long(values: list[str], *, every: int) -> list[Any]:
    """Return parameters of which the default run takes one in so many."""
    return [
        pytest.param(value, marks=[] if number % every == 0 else pytest.mark.long)
        for number, value in enumerate(values)
    ]


HOSTILE_UNITS = mostly_long(
    [
        *(">", "> ", "[", "![", "[a](", "](", "*", "_", "`", "~", "(", "<", "- ", "> - ", "1. "),
        *("* ", "+ ", "|", "\\", "$", "$$", "$$a\n", "$a$", "# ", "```\n", "*a_ ", "a**b", "*["),
        *("http://[", "http://", "www.a|", "$a$www.", "a@b.", "www.a$", "a.com/(", "x@y.z,", "&#"),
        *("http://a\u2010", "éhttp://a"),
        *("a\n", "\n", "\t", "\u0301", "\u202e", "😀", "<!--", "[^", "[[]](", "_[", "http://a@"),
    ],
    every=6,
)


@pytest.mark.usefixtures("no_garbage_collector")
@pytest.mark.parametrize(("start", "end"), [("", ""), ("x", "\n")], ids=["bare", "in a line"])
@pytest.mark.parametrize("unit", HOSTILE_UNITS)
def test_hostile_text_takes_no_time(unit: str, start: str, end: str) -> None:
    """Four times the text takes four times the work, and a little for what each text takes."""

    def typed(length: int) -> str:
        return start + (unit * length)[: length - len(start + end)] + end

    drawn(typed(400))  # what is compiled at its first use is
    assert lines_run(typed(1_600)) < 5 * lines_run(typed(400)) + 2_000
    assert drawn(typed(4_000)) or not typed(4_000).strip()


def test_deep_nesting_is_drawn_and_not_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    for typed in (
        ">" * 1_000 + "x",
        "- " * 1_000 + "x",
        "[" * 1_000 + "x",
        "\n".join("  " * level + "- x" for level in range(80)),
        "(" * 4_000,
        "*" * 4_000,
    ):
        assert to_html(typed)
    assert not caplog.records


@pytest.mark.parametrize(
    "typed",
    [
        ">" * 1000 + " at the bottom",
        "\n".join("  " * depth + "- at" for depth in range(40)) + " the bottom",
        "> - " * 30 + "at the bottom",
    ],
    ids=["quotes", "lists", "both"],
)
def test_nothing_is_left_out_however_deep_it_stands(typed: str) -> None:
    assert "the bottom" in to_html(typed)


@pytest.mark.parametrize("columns", [2, 10, 30, 100, 250])
def test_a_table_does_not_grow_beyond_what_was_typed(columns: int) -> None:
    typed = ("a|" * columns + "\n" + "-|" * columns + "\n" + "x\n" * 2_000)[:4_000]
    assert to_html(typed).count("<td") <= 4 * markdown.MAX_CELLS


def test_a_wide_and_short_table_is_still_one() -> None:
    assert to_html("a|" * 40 + "\n" + "-|" * 40 + "\n" + "x|" * 40).count("<td>") == 40


HOSTILE_FORMULAS = mostly_long(
    [
        r"\frac{" * 600,
        "{" * 2_000,
        "{" * 450 + "}" * 450,
        "^" * 1_000,
        "x^" * 490 + "x",
        r"\begin{matrix}" + "&" * 960,
        r"\begin{matrix}" * 70 + r"\end{matrix}",
        r"\sqrt{" * 140 + "}" * 140,
        r"\left(" * 160,
        r"\displaystyle" * 70,
        r"\def\a{\b\b}\def\b{\c\c}\def\c{\d\d}\def\d{\e\e}" + r"\a" * 100,
        r"\newcommand{\a}{\a\a}\a",
        r"\sideset{_1}{}{" * 60 + "x" + "}" * 60,
        "'" * 1_000,
    ],
    every=4,
)


@pytest.mark.usefixtures("no_garbage_collector")
@pytest.mark.parametrize("source", HOSTILE_FORMULAS)
def test_hostile_formulas_take_no_time(source: str) -> None:
    for typed in (f"${source}$", f"$${source}$$", f"$$\n{source}\n$$"):
        assert lines_run(typed) < 300 * len(typed) + 5_000
        html = drawn(typed)
        assert "<math" in html or '<code class="formula">' in html


HOSTILE_LANGUAGES = mostly_long(
    ["c", "cpp", "csharp", "java", "python", "js", "php", "html"], every=8
)


@pytest.mark.usefixtures("no_garbage_collector")
@pytest.mark.parametrize("language", HOSTILE_LANGUAGES)
@pytest.mark.parametrize("unit", ["\n", " ", "(", "a\n", '"\\', "a b(", "/*", "<", "a<"])
def test_hostile_code_takes_no_time(language: str, unit: str) -> None:
    typed = f"```{language}\npublic a" + (unit * 4_000)[:3_900] + "\n```"
    assert "highlight" in drawn(typed)


def test_letters_do_not_grow_over_their_neighbours() -> None:
    tower = to_html("a" + "\u0301" * 200 + "b")
    assert tower == "<p>a" + "\u0301" * MAX_MARKS + "b</p>"
    assert to_html("*a*" + "*\u0301" * 100).count("\u0301") <= MAX_MARKS
    assert to_html("a" + "\u0301\u200d" * 100).count("\u0301") == MAX_MARKS
    assert to_html(r"$\text{a" + "&#x301;" * 50 + "}$").count("\u0301") == MAX_MARKS


@pytest.mark.parametrize(
    "words",
    [
        "नमस्ते, क्षत्रिय और र्द्ध्र्य",
        "السَّلَامُ عَلَيْكُمْ",
        "tiếng Việt có dấu",
        "น้ำ ที่ ผู้",
        "བསྒྲུབས ཧྐྵྨླྺྼྻྂ",
        "בְּרֵאשִׁ֖ית",
        "👩🏽‍🚀 🏳️‍🌈 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "தமிழ் తెలుగు ಕನ್ನಡ മലയാളം বাংলা",
    ],
)
def test_every_script_is_left_alone(words: str) -> None:
    assert to_html(words).replace(' dir="rtl"', "") == f"<p>{words}</p>"


def test_a_message_that_cannot_be_drawn_is_shown_as_typed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RecursionError

    monkeypatch.setattr(markdown, "_parser", fail)
    with caplog.at_level(logging.ERROR):
        assert to_html("*a* <b>\nc & d") == '<div class="typed">*a* &lt;b&gt;\nc &amp; d</div>'
    assert len(caplog.records) == 1


HEAVY = {
    "links": "a.io ",
    "code": "```js\na\n```\n",
    "formulas": "$a$ ",
    "lists": "- a\n",
    "mentions": "@asha ",
    "signs": "&",
    "quotes": "> a\n\n",
}


@pytest.mark.parametrize("unit", HEAVY.values(), ids=HEAVY)
def test_html_has_a_limit(unit: str) -> None:
    html = to_html((unit * MESSAGE_LIMIT)[:MESSAGE_LIMIT])
    assert len(html) < 2 * text.MAX_HTML


def test_code_without_room_for_colours_is_still_code() -> None:
    html = to_html("```js\n" + "a+" * 1990 + "\n```")
    assert html.startswith('<figure class="code">')
    assert "a+a+" in html


def test_a_hundred_lines_of_code_have_colours() -> None:
    source = inspect.getsource(markdown)[: MESSAGE_LIMIT - 20]
    assert 'class="k"' in to_html(f"```python\n{source}\n```")


def test_formulas_without_room_stay_as_typed() -> None:
    html = to_html("$a$ " * 280)
    assert html.count("<math") > 50
    assert '<code class="formula">$a$</code>' in html


def test_what_is_too_long_is_folded_and_whole() -> None:
    typed = ("> <a>\n\n" * MESSAGE_LIMIT)[:MESSAGE_LIMIT]
    html = to_html(typed)
    assert html.startswith('<details class="typed"><summary>&gt; &lt;a&gt;')
    assert Page(html).words == typed
    summary = html.partition("</summary>")[0]
    assert len(Page(summary).words) <= text.FOLDED


def test_a_card_shows_the_beginning_of_a_long_message() -> None:
    typed = "*a* <b> " * 500
    shown = text.excerpt(typed, text.render(typed))
    words = ("a <b> " * 500)[: text.EXCERPT]
    assert shown == f'<div class="typed">{escape(words, quote=False)}…</div>'
    assert text.excerpt("*a*", text.render("*a*")) == "<p><em>a</em></p>"


def test_reloading_changes_nothing() -> None:
    typed = "*a* `b` $c$ https://d.org\n```py\ne\n```"
    before = to_html(typed)
    importlib.import_module("chat_ui")  # NiceGUI's simulation takes it away after its tests
    for module in (code, math, text):
        importlib.reload(module)
    assert text.to_html(typed) == before


# The signs that mean something, so that random text meets the parser's corners often.
pieces = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *"*_~`[]()<>!#$|-+=:.\\/&;\"'@{}^\n\t ",
                *("```", "$$", "](", "![", "http://", "javascript:", "www.", "mailto:", "a.com"),
                *(
                    "<script>",
                    "</",
                    "<img src=x onerror=y>",
                    "&lt;",
                    "&#x3c;",
                    "onclick=",
                    "\\text{",
                ),
                *(
                    "> ",
                    "- ",
                    "1. ",
                    "-|-\n",
                    "\\frac{a}{b}",
                    "\\href{",
                    "\\style{",
                    "py",
                    "é",
                    "ع",
                ),
            ]
        ),
        st.text(max_size=8),
    ),
    max_size=60,
).map("".join)


@settings(deadline=None)
@given(pieces)
def test_whatever_is_typed_is_safe(typed: str) -> None:
    assert dangers(to_html(typed)) == []


@settings(deadline=None)
@given(pieces)
def test_whatever_is_a_formula_is_safe(typed: str) -> None:
    assert dangers(markdown._wall().clean(math.formula_html(typed, "$"))) == []


@settings(deadline=None)
@given(
    st.one_of(
        st.from_regex(text._PLAIN, fullmatch=True),
        st.text("ab1 ,!?'\";().:%^{}=+-/éनम।…😀", min_size=1),
    )
)
def test_the_short_way_leads_to_the_same_place(typed: str) -> None:
    typed = without_towers(typed)
    if text._PLAIN.fullmatch(typed) and typed == typed.strip():
        long_way = markdown._wall().clean(markdown._parser().render(typed)).strip()
        # The element of the message has its direction, too: see `direction.of_html`.
        assert to_html(typed) == re.sub(r'^<p dir="(ltr|rtl)">', "<p>", long_way)


def test_stored_text_without_its_html_is_no_html() -> None:
    assert text.finish("<b onclick=x>", None) == "<p>&lt;b onclick=x&gt;</p>"
