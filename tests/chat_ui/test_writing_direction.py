"""The style works in both writing directions: it says start and end, not left and right."""

import re
from collections.abc import Iterator

import pytest

from chat_ui import stylesheet

PHYSICAL = {  # with the reason
    ".menu:popover-open": "JavaScript gives the place in the window",
    ".picker": "JavaScript gives the place in the window",
    ".message :is(.copy, .reaction, .refusal button)::before": "in the middle, from any side",
}
RULE = re.compile(r"(?P<selector>[^{}]*)\{(?P<body>[^{}]*)\}")
SIDES = re.compile(r"(?:(?:margin|padding|border|inset|scroll-\w+)-)?(?:left|right)(?:-\w+)?")
CORNERS = re.compile(r"border-(?:top|bottom)-(?:left|right)-radius")


def parts(value: str) -> list[str]:
    """Return the parts of a value; a function such as `calc(a + b)` is one."""
    return re.findall(r"(?:[^\s(]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+", value)


def names_a_side(name: str, value: str) -> bool:
    """Return whether a declaration is for left or right alone."""
    if SIDES.fullmatch(name) or CORNERS.fullmatch(name):
        return True
    given = parts(value.replace("!important", ""))
    if name in ("margin", "padding", "inset"):
        return len(given) == 4 and given[1] != given[3]
    if name == "border-radius":
        a, b, c, d = {1: "0000", 2: "0101", 3: "0121", 4: "0123"}[min(len(given), 4)]
        corners = [given[int(each)] for each in (a, b, c, d)]
        return "/" not in given and (corners[0], corners[3]) != (corners[1], corners[2])
    if name in ("text-align", "float", "clear", "background", "background-position"):
        return bool(re.search(r"\b(?:left|right)\b", value))
    if name in ("transform", "translate"):
        return bool(re.search(r"translate(?:X|3d)?\((?!0\b)|^-?[1-9.]", value))
    return False


def physical(css: str) -> Iterator[str]:
    """Yield the declarations for one side that have no counterpart for the other direction."""
    css = re.sub(r"(?s)/\*.*?\*/", "", css)
    mirrored = {
        (selector.strip(), each.partition(":")[0].strip())
        for match in RULE.finditer(css)
        if (selector := match["selector"].strip()).startswith('[dir="rtl"]')
        for each in match["body"].split(";")
    }
    for match in RULE.finditer(css):
        selector = match["selector"].strip()
        if selector.startswith('[dir="rtl"]') or selector in PHYSICAL:
            continue
        for each in match["body"].split(";"):
            name, _colon, value = (part.strip() for part in each.partition(":"))
            if "safe-area-inset" in value and name in ("padding", "inset"):
                continue  # the edges of a screen do not turn round with its text
            if names_a_side(name, value) and not any(
                where.endswith(selector) and what in (name, "background-position")
                for where, what in mirrored
            ):
                yield f"{selector} {{ {name}: {value} }}"


def test_the_style_names_no_side() -> None:
    assert list(physical(stylesheet.css())) == []


@pytest.mark.parametrize(
    "declaration",
    [
        "margin-left: 4px",
        "right: 0",
        "border-left: 1px solid red",
        "border-top-left-radius: 4px",
        "padding: 1px 2px 3px 4px",
        "inset: 0 auto auto calc(1px + (2px * 3))",
        "border-radius: 4px 0 0 4px",
        "text-align: left",
        "float: right",
        "transform: translateX(-100%)",
        "background: red no-repeat left / 10% 100%",
    ],
)
def test_a_side_is_found(declaration: str) -> None:
    assert list(physical(f".a {{ color: red; {declaration}; }}")) != []


@pytest.mark.parametrize(
    "css",
    [
        ".a { margin-inline-start: 4px; inset-inline: 0 auto; text-align: start }",
        ".a { padding: 1px 2px 3px 2px; border-radius: 4px 4px 0 0; transform: translateY(-2px) }",
        '.a { transform: translateX(-9px) } [dir="rtl"] .a { transform: translateX(9px) }',
        ".a { padding: 0 env(safe-area-inset-right) 0 env(safe-area-inset-left) }",
    ],
)
def test_what_works_in_both_directions_is_allowed(css: str) -> None:
    assert list(physical(css)) == []
