"""Emoji: validation, short codes, and the catalog of the picker."""

import time

import pytest

from services.core import i18n
from services.core.errors import ServiceError
from services.core.text import MESSAGE_LIMIT, clean
from services.messages import edits, history, messages
from services.messages.emoji import emoji


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("😀", "😀"),
        ("❤", "❤️"),
        ("❤️", "❤️"),
        ("👍🏽", "👍🏽"),
        ("🇮🇳", "🇮🇳"),
        ("1️⃣", "1️⃣"),
        ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
    ],
)
def test_an_emoji_is_stored_in_its_qualified_form(value: str, stored: str) -> None:
    assert emoji.check(value) == stored


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "a",
        "1",
        "😀😀",
        "😀 ",
        ":smile:",
        "😀" * 1000,
        "x" * 1000,
        "🏽",
        "\ufe0f",
        "\x00",
        "\ud83d",
        None,
        7,
        True,
        ["😀"],
        {"emoji": "😀"},
    ],
)
def test_anything_but_a_single_emoji_is_refused(value: object) -> None:
    with pytest.raises(ServiceError) as refused:
        emoji.check(value)
    assert refused.value.message == "A reaction is one emoji. Choose one from the list."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Well done :tada:", "Well done 🎉"),
        (":+1::heart:!", "👍❤️!"),
        ("(:SMILE:)", "(😄)"),
        (":turkey: :japan:", "🦃 🗾"),
        (":no_such_thing: :smile", ":no_such_thing: :smile"),
        ("at 12:100:30, std::map::smile:", "at 12:100:30, std::map::smile:"),
        ("`:smile:` :smile:", "`:smile:` 😄"),
        ("``a ` :smile:`` :smile:", "``a ` :smile:`` 😄"),
        ("```\n:smile:\n```\n:smile:", "```\n:smile:\n```\n😄"),
        ("~~~py\n:smile:\n~~~\n:smile:", "~~~py\n:smile:\n~~~\n😄"),
        ("> ```\n> :smile:", "> ```\n> :smile:"),
        ("https://x.org/:smile:/ :smile:", "https://x.org/:smile:/ 😄"),
    ],
)
def test_codes_become_emoji_but_not_in_code_and_urls(typed: str, meant: str) -> None:
    assert emoji.replace_codes(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "``` " * 1000,
        ":a" * 2000,
        ":a:" * 1333 + "z",
        "~~~\n" * 1000,
        "a://" * 1000,
        " " * 3990 + ":a:",
        "".join("`" * length + "x:" for length in range(1, 85)),
        ("`" * 40 + "\n") * 97,
    ],
)
def test_hostile_text_does_not_slow_down_codes(text: str) -> None:
    began = time.perf_counter()
    emoji.replace_codes(text[:MESSAGE_LIMIT])
    assert time.perf_counter() - began < 0.2


@pytest.mark.parametrize(
    ("text", "many"),
    [
        ("😀", 1),
        ("😀 ❤️\n👍🏽", 3),
        ("👨‍👩‍👧‍👦🇮🇳", 2),
        ("1️⃣", 1),
        ("😀" * 20, 20),
        ("😀!", 0),
        ("hi", 0),
        ("12", 0),
        ("नमस्ते", 0),
        ("", 0),
    ],
)
def test_emoji_are_counted_in_texts_of_emoji_only(text: str, many: int) -> None:
    assert emoji.count_alone(text) == many


def test_the_picker_has_every_emoji_once_in_its_group() -> None:
    groups = emoji.catalog("en")
    listed = [each.sign for group in groups.values() for each in group]
    assert len(listed) == len(set(listed)) > 1800
    assert [group[0].sign for group in groups.values()] == list("😀👋🐵🍇🌍🎃👓🏧🏁")
    for sign in listed:
        assert emoji.check(sign) == clean(sign, 40, name="x") == sign
    for group in groups.values():
        for each in group:
            assert each.codes
            if each.has_tones:
                assert emoji.check(each.sign[0] + "🏽" + each.sign[1:].removeprefix("\ufe0f"))


def test_a_code_that_the_picker_shows_becomes_that_emoji() -> None:
    wrong = {
        each.sign
        for group in emoji.catalog("en").values()
        for each in group
        if emoji.replace_codes(f":{each.codes[0]}:") != each.sign
    }
    assert wrong <= {"🪲", "*️⃣"}  # all of their names belong to others, too


@pytest.mark.parametrize("language", ["en", "hi", "mr"])
def test_search_words_belong_to_real_emoji(language: str) -> None:
    assert language == "en" or (i18n.CATALOGS / f"{language}.po").is_file()
    lines = (emoji.WORDS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    signs = [line.partition(" ")[0] for line in lines]
    assert len(set(signs)) == len(signs)
    known = {each.sign: each for group in emoji.catalog(language).values() for each in group}
    for line in lines:
        sign, _space, more = line.partition(" ")
        assert more
        assert more in known[sign].words


def test_hindi_search_words() -> None:
    known = {each.sign: each.words for group in emoji.catalog("hi").values() for each in group}
    assert "धन्यवाद" in known["🙏"]
    assert "thanks" in known["🙏"]
    assert "धन्यवाद" not in str(emoji.catalog("en"))


async def test_codes_are_stored_as_emoji(people) -> None:
    sent, _new = await messages.send(people.ben, people.room, "Done :tada: `:tada:`", "message-1")
    assert sent.text == "Done 🎉 `:tada:`"
    await edits.edit(people.ben, people.room, sent.seq, ":+1:")
    page = await history.since(people.asha, people.room, history.ShownRange())
    assert [each.text for each in page.messages] == ["👍"]
