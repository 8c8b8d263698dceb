import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.names.name_rules import (
    check_display_name,
    check_room_name,
    check_topic,
    check_username,
    initials,
    skeleton,
    username_key,
)
from services.core.errors import ServiceError

letters = st.text(st.characters(categories=["L", "Mn", "Mc", "Nd"]), min_size=1, max_size=12)
ascii_words = st.text("abcdefghjkpqrstuvwxyz", min_size=2, max_size=12)


@pytest.mark.parametrize(
    "name",
    [
        "asha",
        "Ben-2",
        "x_y.z",
        "7up",
        "आशा",
        "José",
        "李雷",
        "たなか太郎カ",
        "김철수",
        "မြန်မာ",
        "علي",
        "Nguyễn",
        "ශ්\u200dරී",
    ],
)
def test_usernames_in_every_script(name: str) -> None:
    assert check_username(f" {name} ") == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "must be text"),
        ({"name": "asha"}, "must be text"),
        ("", "is empty"),
        ("a", "2 to 32 characters"),
        ("a" * 33, "1 character too long"),
        ("asha rao", "letters, digits"),
        ("asha@rao", "letters, digits"),
        ("as\u200dha", "letters, digits"),
        ("a\u3164b", "letters, digits"),
        ("a\ufe0fb", "letters, digits"),
        ("ﷺ", "letters, digits"),
        ("🌸🌸", "letters, digits"),
        ("a\u202eb", "hidden character"),
        ("as\x00ha", "hidden character"),
        ("as\x1b[0mha", "hidden character"),
        ("-asha", "must begin with"),
        ("\u0301a", "must begin with"),
        ("аsha", "different scripts"),
        ("ashα", "different scripts"),
        ("asha_आशा", "different scripts"),
    ],
)
def test_other_usernames_are_refused_with_the_reason(value: object, sentence: str) -> None:
    with pytest.raises(ServiceError, match=sentence):
        check_username(value)


def test_a_username_key_ignores_how_the_name_is_typed() -> None:
    assert username_key("ASHA") == username_key("asha") == username_key("ａｓｈａ") == "asha"
    assert username_key("JOSE\u0301") == username_key("josé")
    assert username_key("STRASSE") == username_key("straße")
    assert username_key("ශ්\u200dරී") == username_key("ශ්රී")


@pytest.mark.parametrize("around", [" ", "\u00a0", "\t", "\u3000", "\u200b", "\u200e", "\ufeff"])
def test_what_is_not_seen_around_a_username_is_no_part_of_it(around: str) -> None:
    assert username_key(f"Asha{around}") == username_key(f"{around}asha") == "asha"
    assert check_username(f"{around}Asha{around}") == "Asha"
    with pytest.raises(ServiceError):
        check_username(f"As{around}ha")


@pytest.mark.parametrize("typed", ["", "as\x00ha", "asha\ud800", "\u0301\u0323" * 5_000_000])
def test_what_cannot_be_a_username_has_an_empty_key(typed: str) -> None:
    assert username_key(typed) == ""


@given(letters)
def test_keys_and_skeletons_are_idempotent(name: str) -> None:
    assert username_key(username_key(name)) == username_key(name)
    assert skeleton(skeleton(name)) == skeleton(name)


@given(ascii_words)
def test_a_skeleton_ignores_case_except_of_the_letter_i(name: str) -> None:
    assert skeleton(name.upper()) == skeleton(name) == skeleton(name.title())


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("аsha", "asha"),
        ("сосо", "coco"),
        ("АВЕ", "abe"),
        ("ashal", "asha1"),
        ("b0b", "Bob"),
        ("mary", "rnary"),
        ("Iisa", "lisa"),
        ("ශ්\u200dරී", "ශ්රී"),
    ],
)
def test_look_alikes_share_a_skeleton(name: str, other: str) -> None:
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("neil", "neli"),
        ("ali", "all"),
        ("iisa", "lisa"),
        ("jose", "josé"),
        ("आशा", "आशी"),
        ("student1", "student10"),
        ("student11", "student10"),
        ("vv", "w"),
    ],
)
def test_different_names_have_different_skeletons(name: str, other: str) -> None:
    assert skeleton(name) != skeleton(other)


def test_an_empty_display_name_falls_back_to_the_username() -> None:
    assert check_display_name("  Asha   Rao ", "asha") == "Asha Rao"
    for empty in ["", "  ", "\u200b", None]:
        assert check_display_name(empty, "asha") == "asha"
    for wrong in [{}, 0, "a" * 41, "As\u202eha"]:
        with pytest.raises(ServiceError, match="The display name"):
            check_display_name(wrong, "asha")


def test_a_room_needs_a_name_but_no_topic() -> None:
    assert check_room_name("Maths 🧮 club") == "Maths 🧮 club"
    assert check_topic("") == ""
    assert check_topic("x" * 200) == "x" * 200
    for wrong in ["", "x" * 61, None]:
        with pytest.raises(ServiceError, match="The room name"):
            check_room_name(wrong)
    for wrong in ["x" * 201, None]:
        with pytest.raises(ServiceError, match="The topic"):
            check_topic(wrong)


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("Asha Rao", "AR"),
        ("asha k. rao", "AR"),
        ("आशा", "आ"),
        ("शिल्पा राव", "शिरा"),
        ("क्षमा", "क्ष"),
        ("李雷", "李"),
        ("김철수", "김"),
        ("jose\u0301", "J"),
        ("e\u0301a", "E\u0301"),
        ("Asha 🌸", "A"),
        ("👩🏽‍🔬", "👩🏽‍🔬"),
        ("🇮🇳", "🇮🇳"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e007f",
        ),
        ("(:", "("),
        ("", ""),
    ],
)
def test_initials(name: str, drawn: str) -> None:
    assert initials(name) == drawn
