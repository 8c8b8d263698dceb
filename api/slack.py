"""What programs write for Slack's incoming webhooks, as Markdown of this chat.

Slack documents its marks at https://docs.slack.dev/messaging/formatting-message-text, and the
fields of blocks and attachments beside it. What is read here is what Grafana, Alertmanager, Uptime
Kuma and GitHub Actions send; anything else in a payload is passed over. Every expression takes a
time that grows with the text, not faster.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct

from services.core.text import MESSAGE_LIMIT

MAX_TEXT = 2 * MESSAGE_LIMIT
"""Characters of one text that are read; nothing more is read once there is more than a message."""
MAX_PARTS = 100
"""How many blocks, attachments or fields of one list are read: Slack allows fewer."""
MAX_NAME = 80
"""Characters of a name that are shown."""

_SOLID = re.compile(r"```.*?```|`[^`\n]+`|<[^<>\n]*>", re.DOTALL)
"""Code and what is in angle brackets: within it, a star or a wave is no mark."""
_FENCED = re.compile(r"```[\w+#.-]*\n(?:.*\n)?[ \t]*```", re.DOTALL)
"""A block as Markdown has it, its first line at most the name of a language."""
_PLACE = re.compile("\ue000(\\d+)\ue001")
"""What stands for it meanwhile: characters that mean nothing (Private Use)."""
_PRIVATE = re.compile("[\ue000\ue001]")
_BOLD = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~\\])~(?=[^\s~])([^~\n]*[^\s~])~(?![\w~])")
_MARK = re.compile(r"([\\`*~\[\]<>@|$]|(?<![^\W_])_|_(?![^\W_]))")
_LINE_MARK = re.compile(r"^([ \t]*)([#+-]|\d{1,9}[.)])(?=\s)", re.MULTILINE)
_OPEN = re.compile(r"[ \t]*(?:[-*+>]|\d{1,9}[.)])[ \t]")
"""A line that the next one goes on, unless an empty one is between them."""
_LINK = re.compile(r"https?://[^\s<>]+|mailto:[^\s<>]+", re.IGNORECASE)


class Malformed(ValueError):
    """It is no payload."""


class Posted(Struct, frozen=True):
    """What a program wants to be shown."""

    text: str
    """Markdown; without anything visible if there is none."""
    name: str = ""
    """What it calls itself, as it wrote it."""
    emoji: str = ""
    """Its icon, as a code such as `:fire:`."""


def read(body: bytes | str) -> Posted:
    """Read a payload, JSON as Slack takes it. Raises `Malformed`."""
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(payload, dict):
        raise Malformed
    is_marked = payload.get("mrkdwn") is not False
    blocks = _lines(_blocks(payload))
    written = _text(payload, "text")
    own = blocks or (to_markdown(written) if is_marked else escape(written))
    attached = (_attachment(each) for each in _parts(payload, "attachments"))
    return Posted(
        _joined(chain([own], attached), "\n\n"),
        " ".join(_text(payload, "username").split())[:MAX_NAME],
        _text(payload, "icon_emoji").strip(),
    )


def titled(posted: Posted, usual: str) -> str:
    """Return the text, below the name by which a program calls itself unless that is `usual`."""
    if not posted.name or posted.name.casefold() == usual.casefold():
        return posted.text
    is_code = re.fullmatch(r":[a-z0-9_+-]{1,60}:", posted.emoji)
    icon = f"{posted.emoji} " if is_code else ""
    return f"{icon}**{escape(posted.name)}**\n{posted.text}"


def to_markdown(text: str) -> str:
    """Return a text with Slack's marks as Markdown; it mentions nobody by them."""
    solid: list[str] = []

    def take_out(found: re.Match[str]) -> str:
        solid.append(found[0])
        return f"\ue000{len(solid) - 1}\ue001"

    def put_back(found: re.Match[str]) -> str:
        piece = solid[int(found[1])]
        if piece.startswith("<"):
            return _tag(piece[1:-1])
        code = _unescaped(piece)
        return _block_of_code(code, found) if "\n" in code else code

    words = _SOLID.sub(take_out, _PRIVATE.sub("", text))
    emphasised = _STRUCK.sub(r"~~\1~~", _BOLD.sub(r"**\1**", words))
    return _PLACE.sub(put_back, _unescaped(emphasised))


def escape(text: str) -> str:
    """Return Markdown that shows a text as it is."""
    return _LINE_MARK.sub(_escape_line_mark, _MARK.sub(r"\\\1", text))


# -- marks -----------------------------------------------------------------------------------------


def _block_of_code(code: str, place: re.Match[str]) -> str:
    """Return code of several lines as a block, which in Markdown has lines of its own.

    Slack lets the code, and what is around it, stand on the lines of the marks.
    """
    around, (start, end) = place.string, place.span()
    after = "" if around[end : end + 1] in {"", "\n"} else "\n"
    if _FENCED.fullmatch(code):
        return code + after
    before = "" if around[max(0, start - 1) : start] in {"", "\n"} else "\n"
    lines = code[3:-3].strip("\n")
    return f"{before}```\n{lines}\n```{after}"


def _tag(inside: str) -> str:
    """Return what stands in angle brackets: a link, or somebody to be mentioned."""
    target, _bar, label = inside.partition("|")
    label = _unescaped(label.strip())
    if _LINK.fullmatch(target):
        return _link(_unescaped(target), label)
    if target.startswith("#"):
        return escape(f"#{(label or target[1:]).removeprefix('#')}")
    if target.startswith("@"):
        return escape(f"@{(label or target[1:]).removeprefix('@')}")
    if target.startswith("!"):
        name = target[1:].partition("^")
        if name[1]:  # a group, or a time: Slack sends what to show without it
            return escape(label or name[0] or f"<{inside}>")
        return escape(f"@{name[0]}")
    return escape(f"<{_unescaped(inside)}>")


def _link(target: str, label: str = "") -> str:
    """Return a link; a label without its own shows the address."""
    if not _LINK.fullmatch(target):
        return escape(label or target)
    address = target.replace("(", "%28").replace(")", "%29").replace("\\", "%5C")
    if not label or label == target:
        return f"<{target}>"
    return f"[{escape(label)}]({address})"


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escape_line_mark(found: re.Match[str]) -> str:
    before, mark = found.groups()
    return f"{before}{mark[:-1]}\\{mark[-1]}"


# -- parts of a payload ----------------------------------------------------------------------------


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _parts(holder: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list."""
    value = holder.get(name)
    if isinstance(value, list):
        yield from (each for each in value[:MAX_PARTS] if isinstance(each, dict))


def _words(holder: Mapping[str, Any], name: str) -> str:
    """Return a text object: https://docs.slack.dev/reference/block-kit/composition-objects."""
    value = holder.get(name)
    return _composed(value) if isinstance(value, dict) else ""


def _composed(value: Mapping[str, Any]) -> str:
    text = _text(value, "text")
    return escape(text) if value.get("type") == "plain_text" else to_markdown(text)


def _blocks(holder: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of blocks, without a ruler at the end."""
    ruler = ""
    for block in _parts(holder, "blocks"):
        if block.get("type") == "divider":
            ruler = "---"
        elif drawn := _block(block):
            yield from filter(None, (ruler, drawn))
            ruler = ""


def _block(block: Mapping[str, Any]) -> str:
    kind = block.get("type")
    if kind == "header":
        return _bold(_text(block.get("text") or {}, "text") if _is_object(block, "text") else "")
    if kind == "section":
        fields = (_composed(each) for each in _parts(block, "fields"))
        button = map(_button, [block.get("accessory")])
        return _lines(chain([_words(block, "text")], fields, button))
    if kind == "context":
        elements = (_composed(each) or _alt(each) for each in _parts(block, "elements"))
        return _joined(elements, " · ")
    if kind == "actions":
        return _joined(map(_button, _parts(block, "elements")), " · ")
    if kind == "image":
        return _link(_text(block, "image_url"), _text(block, "alt_text"))
    return ""


def _is_object(holder: Mapping[str, Any], name: str) -> bool:
    return isinstance(holder.get(name), dict)


def _alt(element: Mapping[str, Any]) -> str:
    return escape(_text(element, "alt_text"))


def _button(element: Any) -> str:
    """Return a button that leads somewhere, as a link; others need a program that listens."""
    if not isinstance(element, dict) or not (url := _text(element, "url")):
        return ""
    text = element.get("text")
    return _link(url, _text(text, "text") if isinstance(text, dict) else _text(element, "text"))


def _attachment(attachment: Mapping[str, Any]) -> str:
    return _lines(_attached(attachment)) or to_markdown(_text(attachment, "fallback"))


def _attached(attachment: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of an attachment."""
    yield to_markdown(_text(attachment, "pretext"))
    if author := _unescaped(_text(attachment, "author_name")).strip():
        yield _link(_text(attachment, "author_link"), author)
    yield _heading(attachment)
    yield to_markdown(_text(attachment, "text"))
    yield from map(_field, _parts(attachment, "fields"))
    yield from _blocks(attachment)
    yield _joined(map(_button, _parts(attachment, "actions")), " · ")


def _heading(attachment: Mapping[str, Any]) -> str:
    title, link = _unescaped(_text(attachment, "title")).strip(), _text(attachment, "title_link")
    if title and _LINK.fullmatch(link):
        return f"**{_link(link, ' '.join(title.split()))}**"
    return _bold(title)


def _field(field: Mapping[str, Any]) -> str:
    title = " ".join(_unescaped(_text(field, "title")).split())
    value = to_markdown(_text(field, "value"))
    if not title:
        return value
    space = "\n" if "\n" in value.strip() else " "
    return f"**{escape(title)}:**{space}{value}"


def _bold(text: str) -> str:
    words = " ".join(text.split())
    return f"**{escape(words)}**" if words else ""


def _lines(parts: Iterable[str]) -> str:
    """Return parts below each other; what follows a list or a quote is no part of it."""
    drawn = ""
    for part in (each.strip("\n") for each in parts):
        if part.strip():
            last = drawn.rpartition("\n")[2]
            drawn += ("\n\n" if _OPEN.match(last) else "\n" if drawn else "") + part
        if len(drawn) > MESSAGE_LIMIT:
            break
    return drawn


def _joined(parts: Iterable[str], separator: str) -> str:
    """Return parts with something between them."""
    drawn = ""
    for part in filter(None, parts):
        drawn += f"{separator}{part}" if drawn else part
        if len(drawn) > MESSAGE_LIMIT:
            break
    return drawn
