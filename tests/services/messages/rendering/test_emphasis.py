"""Emphasis beside Chinese, Japanese and Korean; without them it is CommonMark's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from services.messages.rendering import emphasis
from services.messages.rendering.text import to_html


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("**重要：**请看这里", "<strong>重要：</strong>请看这里"),
        ("他说**「重要」**的事", "他说<strong>「重要」</strong>的事"),
        ("**テスト（例）**です", "<strong>テスト（例）</strong>です"),
        ("한국어**(강조)**입니다", "한국어<strong>(강조)</strong>입니다"),
        ("*这是斜体（括号）*后面", "<em>这是斜体（括号）</em>后面"),
        ("~~删除（x）~~后面", "<s>删除（x）</s>后面"),
        ("这是**粗体**文字", "这是<strong>粗体</strong>文字"),
        # others of the kind
        ("**重要。**then", "<strong>重要。</strong>then"),
        ("他说**“重要”**的事", "他说<strong>“重要”</strong>的事"),
        ("**重要……**请看", "<strong>重要……</strong>请看"),
        ("***全部！***好", "<em><strong>全部！</strong></em>好"),
        ("请用**`code`**吧", "请用<strong><code>code</code></strong>吧"),
        (
            "これは**『本』**です。**「はい」**と",
            "これは<strong>『本』</strong>です。<strong>「はい」</strong>と",
        ),
        ("葛\U000e0100**（注）**の", "葛\U000e0100<strong>（注）</strong>の"),
        ("ﾊﾝｶｸ**｢ｶﾅ｣**ﾃﾞｽ", "ﾊﾝｶｸ<strong>｢ｶﾅ｣</strong>ﾃﾞｽ"),
        # as ever
        ('a**"b"**c', 'a**"b"**c'),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("**foo(**bar)", "**foo(**bar)"),
        ("是 ** 否 ** 是", "是 ** 否 ** 是"),
        ("变量_名_字", "变量_名_字"),
        ('👍**"b"**c', '👍**"b"**c'),
    ],
)
def test_emphasis_closes_beside_punctuation(typed: str, html: str) -> None:
    assert to_html(typed) == f"<p>{html}</p>"


ours, theirs = MarkdownIt(), MarkdownIt()
ours.inline = emphasis.Inline()
for _parser in (ours, theirs):
    _parser.configure("commonmark").enable("strikethrough")


@given(
    st.lists(st.sampled_from([*"**__~~ab .(\"'“”«»—…éжאע\u0301👍\n`[]", "**", "~~"])).map("".join)
)
def test_without_such_a_script_nothing_differs(typed: str) -> None:
    assert ours.render(typed) == theirs.render(typed)
