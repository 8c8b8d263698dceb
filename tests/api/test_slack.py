"""What programs write for Slack, as Markdown."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from api import slack
from api.slack import Malformed, to_markdown
from services.core.text import MESSAGE_LIMIT
from services.messages.rendering import text as rendering


def posted(**payload: Any) -> str:
    """Return what a payload shows, in a webhook of the name "Alerts"."""
    return slack.titled(slack.read(json.dumps(payload)), "Alerts")


@pytest.mark.parametrize(
    ("written", "markdown"),
    [
        ("*bold*, _italic_ and ~struck~", "**bold**, _italic_ and ~~struck~~"),
        ("a*b*c 2 * 3 * 4 *not", "a*b*c 2 * 3 * 4 *not"),
        ("**strong** ~~gone~~", "**strong** ~~gone~~"),
        ("*two words*, *one*", "**two words**, **one**"),
        (
            "<https://example.org/a?b=1&amp;c=2|the page>",
            "[the page](https://example.org/a?b=1&c=2)",
        ),
        ("<https://example.org>", "<https://example.org>"),
        ("*<https://example.org|bold>*", "**[bold](https://example.org)**"),
        ("<https://example.org/a_(b)|[x]>", r"[\[x\]](https://example.org/a_%28b%29)"),
        ("<https://example.org/~a/~b~/|x>", "[x](https://example.org/~a/~b~/)"),
        ("<mailto:a@example.org|Mail>", "[Mail](mailto:a@example.org)"),
        ("<javascript:alert(1)|x>", r"\<javascript:alert(1)\|x\>"),
        ("1 &lt; 2 &amp;amp; 3 &gt; 2", "1 < 2 &amp; 3 > 2"),
        ("`*a* &lt;b&gt; <https://x.org>`", "`*a* <b> <https://x.org>`"),
        ("```\n*a*\n```", "```\n*a*\n```"),
        ("```line1\nline2```\nSee the *log*", "```\nline1\nline2\n```\nSee the **log**"),
        ("Out: ```a *b*\n  c\n``` *end*", "Out: \n```\na *b*\n  c\n```\n **end**"),
        ("```  a\n  &lt;b&gt;\n```", "```\n  a\n  <b>\n```"),
        ("*x*\n```python\nprint()\n```\n*y*", "**x**\n```python\nprint()\n```\n**y**"),
        ("```python\nprint()\n``` *y*", "```python\nprint()\n```\n **y**"),
        ("- ```py\n  a\n  ```\n- b", "- ```py\n  a\n  ```\n- b"),
        ("a ```b *c*``` d", "a ```b *c*``` d"),
        ("```a\nb``````c\nd```", "```\na\nb\n```\n\n```\nc\nd\n```"),
        (r"<https://example.org/a\|x> *b*", "[x](https://example.org/a%5C) **b**"),
        ("*with `code*` in*", "**with `code*` in**"),
        ("<!here> <!channel> <!everyone>", r"\@here \@channel \@everyone"),
        ("<@U024BE7LH> <@U024BE7LH|asha>", r"\@U024BE7LH \@asha"),
        ("<!subteam^S123|@team>", r"\@team"),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("<#C024BE7LR|general>", "#general"),
        ("&gt; quoted", "> quoted"),
        ("a\ue0000\ue001b", "a0b"),
    ],
)
def test_marks(written: str, markdown: str) -> None:
    assert to_markdown(written) == markdown


@pytest.mark.parametrize(
    "written",
    [
        "*a* <!here> [x](y) # $1$",
        "_x_ a_b __init__ **",
        "# no\n- no\n+ no\n1. no\n2) no",
        "~a~ `b`",
    ],
)
def test_what_is_escaped_is_read_as_written(written: str) -> None:
    assert rendering.to_plain(slack.escape(written)) == written


def test_what_follows_a_block_of_code_is_no_part_of_it() -> None:
    html = str(rendering.render(to_markdown("```line1\nline2```\nSee the *log*")))
    code, rest = html.split("</pre>")
    assert "line1" in code
    assert "line2" in code
    assert "<strong>log</strong>" in rest


@pytest.mark.parametrize("written", ["<https://example.org/a\\|x> y", "<https://example.org/a\\>"])
def test_an_address_may_end_in_a_backslash(written: str) -> None:
    html = str(rendering.render(to_markdown(written)))
    assert 'href="https://example.org/a%5C"' in html


def test_nobody_is_mentioned_by_slacks_marks() -> None:
    html = rendering.render(to_markdown("<!here> <@U1|room> <!subteam^S1|@asha>"))
    assert "mention" not in str(html)


def test_the_name_of_the_program() -> None:
    assert posted(text="Hello", username="alerts") == "Hello"
    assert posted(text="Hello", username="CI *prod*") == "**CI \\*prod\\***\nHello"
    assert posted(text="Hello", username="CI", icon_emoji=":fire:") == ":fire: **CI**\nHello"
    assert posted(text="Hello", username="CI", icon_emoji="](x)") == "**CI**\nHello"
    assert posted(text="Hello", icon_url="https://example.org/icon.png") == "Hello"
    assert len(posted(text="Hello", username="@room" * 1000)) < 200


def test_text_without_marks() -> None:
    assert posted(text="*a* <b>", mrkdwn=False) == r"\*a\* \<b\>"


def test_blocks_stand_for_the_text() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Build #5 :rotating_light:"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*main* failed"}},
        {"type": "divider"},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Branch*\nmain"}]},
        {
            "type": "context",
            "elements": [
                {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "asha"},
                {"type": "mrkdwn", "text": "by <https://example.org|asha>"},
            ],
        },
        {"type": "image", "image_url": "https://example.org/graph.png", "alt_text": "Load"},
        {"type": "divider"},
    ]
    assert posted(text="In a notification", blocks=blocks).split("\n") == [
        "**Build #5 :rotating_light:**",
        "**main** failed",
        "---",
        "**Branch**",
        "main",
        "asha · by [asha](https://example.org)",
        "[Load](https://example.org/graph.png)",
    ]
    assert posted(text="Instead", blocks=[{"type": "unknown"}]) == "Instead"


def test_uptime_kuma() -> None:
    """A monitor is down, with its own address set."""
    attachment = {
        "color": "#e01e5a",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Shop"}},
            {
                "type": "section",
                "fields": [
                    {"type": "mrkdwn", "text": "*Message*\n[Shop] [🔴 Down] timeout of 48000ms"},
                    {"type": "mrkdwn", "text": "*Time (UTC)*\n2026-03-01 10:00:00"},
                ],
            },
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Visit Uptime Kuma"},
                        "value": "Uptime-Kuma",
                        "url": "https://status.example.org/dashboard/3",
                    },
                    {"type": "button", "text": {"type": "plain_text", "text": "Mute"}},
                ],
            },
        ],
    }
    shown = posted(
        text="[Shop] [🔴 Down] timeout of 48000ms <!channel>",
        channel="",
        username="Uptime Kuma",
        icon_emoji=":bear:",
        attachments=[attachment],
    )
    assert shown.split("\n") == [
        ":bear: **Uptime Kuma**",
        r"[Shop] [🔴 Down] timeout of 48000ms \@channel",
        "",
        "**Shop**",
        "**Message**",
        "[Shop] [🔴 Down] timeout of 48000ms",
        "**Time (UTC)**",
        "2026-03-01 10:00:00",
        "[Visit Uptime Kuma](https://status.example.org/dashboard/3)",
    ]


def test_grafana() -> None:
    attachment = {
        "color": "#D63232",
        "title": "[FIRING:1] High_CPU server (prod)",
        "title_link": "https://grafana.example.org/alerting/list",
        "text": "**Firing**\n\nValue: A=91\nLabels:\n - alertname = High_CPU\n",
        "fallback": "[FIRING:1] High_CPU server (prod)",
        "fields": [{"title": "Severity", "value": "critical", "short": True}],
        "footer": "Grafana v12.0.0",
        "footer_icon": "https://grafana.com/assets/img/fav32.png",
        "ts": 1772359200,
        "mrkdwn_in": ["pretext", "text"],
    }
    shown = posted(channel="#ops", username="Grafana", attachments=[attachment])
    assert shown.split("\n") == [
        "**Grafana**",
        r"**[\[FIRING:1\] High_CPU server (prod)](https://grafana.example.org/alerting/list)**",
        "**Firing**",
        "",
        "Value: A=91",
        "Labels:",
        " - alertname = High_CPU",
        "",
        "**Severity:** critical",
    ]


def test_alertmanager() -> None:
    attachment = {
        "title": "[RESOLVED] DiskFull",
        "title_link": "https://alerts.example.org/#/alerts?receiver=chat",
        "pretext": "",
        "text": "*Alert:* disk of `db1` &gt; 90 %",
        "fallback": "[RESOLVED] DiskFull | https://alerts.example.org",
        "callback_id": "",
        "footer": "",
        "color": "good",
        "mrkdwn_in": ["fallback", "pretext", "text"],
        "actions": [{"type": "button", "text": "Silence", "url": "https://alerts.example.org/s"}],
    }
    assert posted(username="Alerts", attachments=[attachment]).split("\n") == [
        r"**[\[RESOLVED\] DiskFull](https://alerts.example.org/#/alerts?receiver=chat)**",
        "**Alert:** disk of `db1` > 90 %",
        "[Silence](https://alerts.example.org/s)",
    ]


def test_github_actions() -> None:
    """As an action from the marketplace posts it."""
    attachment = {
        "fallback": "Tests failed",
        "color": "danger",
        "author_name": "asha",
        "author_link": "https://github.com/asha",
        "author_icon": "https://github.com/asha.png?size=32",
        "footer": "<https://example.org|Made by an action>",
        "fields": [
            {"title": "Ref", "value": "refs/heads/main", "short": True},
            {
                "title": "Actions URL",
                "value": "<https://github.com/asha/shop/actions/runs/7|Tests>",
                "short": True,
            },
            {"title": "Message", "value": "Two tests\nfail", "short": False},
        ],
    }
    assert posted(attachments=[attachment], unfurl_links=False).split("\n") == [
        "[asha](https://github.com/asha)",
        "**Ref:** refs/heads/main",
        "**Actions URL:** [Tests](https://github.com/asha/shop/actions/runs/7)",
        "**Message:**",
        "Two tests",
        "fail",
    ]


def test_an_attachment_that_has_nothing_else_shows_its_fallback() -> None:
    assert posted(attachments=[{"fallback": "Plain", "color": "good"}]) == "Plain"


@pytest.mark.parametrize(
    "body", ["", "null", "[]", '"text"', "5", "{", "{'a': 1}", b"\xff\xfe", b'{"text": "\xff"}']
)
def test_what_is_no_payload(body: bytes | str) -> None:
    with pytest.raises(Malformed):
        slack.read(body)


def test_deep_nesting_is_no_payload() -> None:
    with pytest.raises(Malformed):
        slack.read("[" * 60_000)


@pytest.mark.parametrize("name", ["text", "blocks", "attachments", "username", "icon_emoji"])
@pytest.mark.parametrize("value", [None, 5, True, [], {}, [None], [[]], [{}], "", [5, "a"]])
def test_values_of_other_types_are_passed_over(name: str, value: object) -> None:
    assert slack.read(json.dumps({name: value})).text == ""


@pytest.mark.parametrize(
    "piece",
    [
        *("*a", "* ", "`", "```", "<", "<a", "<a>", "<!", "<!^|a>", "~a ", "_ ", "\n", " ", "["),
        *("&lt;", "1", "*a     ", "```a\nb```", "`a`"),
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (64 * 1024 // len(piece))
    began = time.thread_time()
    to_markdown(text)
    slack.escape(text)
    assert time.thread_time() - began < 1


def in_one(text: str) -> dict[str, Any]:
    return {"text": text}


def in_attachments(text: str) -> dict[str, Any]:
    pieces = [text[at : at + 1000] for at in range(0, len(text), 1000)]
    return {"attachments": [{"text": each} for each in pieces]}


def in_fields(text: str) -> dict[str, Any]:
    parts = in_attachments(text)["attachments"]
    return {"blocks": [{"type": "section", "fields": parts}]}


def in_context(text: str) -> dict[str, Any]:
    parts = in_attachments(text)["attachments"]
    return {"blocks": [{"type": "context", "elements": parts}]}


@pytest.mark.parametrize("payload", [in_one, in_attachments, in_fields, in_context])
@pytest.mark.parametrize("piece", ["<a>", "<!^|a>", "<!^|>"])
def test_no_more_is_read_than_a_message_may_have(
    payload: Callable[[str], dict[str, Any]], piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0
    tag = slack._tag

    def counted(inside: str) -> str:
        nonlocal read
        read += 1
        return tag(inside)

    monkeypatch.setattr(slack, "_tag", counted)
    shown = posted(**payload(piece * (60_000 // len(piece))))
    assert 0 < read < 2 * MESSAGE_LIMIT
    assert len(shown) > 1000
