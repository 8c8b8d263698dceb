import time
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import ServiceError
from services.core.text import MESSAGE_LIMIT, clean, trim

FORBIDDEN = {chr(code) for code in [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)]}
# Any code point, with more of those that cause trouble.
anything = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Mc"]),
        st.sampled_from("aé \n\r\t\x0b\x1b\b[m]\u0344\u200d\u202e\u2800\u3164\U0001d160"),
    ),
    max_size=60,
)


def message(value: object) -> str:
    return clean(value, MESSAGE_LIMIT, name="The message")


def title(value: object, limit: int = 60, *, required: bool = True) -> str:
    return clean(value, limit, name="The title", multiline=False, required=required)


@given(anything, st.booleans())
def test_cleaned_text_is_clean_and_stays_unchanged_when_cleaned_again(
    typed: str, multiline: bool
) -> None:
    try:
        text = clean(typed, 50, name="The text", multiline=multiline)
    except ServiceError:
        return
    assert unicodedata.is_normalized("NFC", text)
    assert not FORBIDDEN - {"\n", "\t"} & set(text)
    assert text == text.strip() != ""
    assert len(text) <= 50
    if not multiline:
        assert not set("\n\t\r\u2028\u202e\u2066") & set(text)
    assert clean(text, 50, name="The text", multiline=multiline) == text


@pytest.mark.parametrize("value", [None, 7, 1.5, True, {"text": "hi"}, ["hi"], b"hi"])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(ServiceError, match="The message must be text"):
        message(value)


PASTED = {
    "Agenda\x0bMonday\x0bTuesday": "Agenda\nMonday\nTuesday",  # PowerPoint
    "page 1\x0cpage 2": "page 1\npage 2",  # a PDF
    "\x1b[31merror\x1b[0m: file not found": "error: file not found",  # a terminal
    "\x1b[1;38;5;196mred\x1b[39;49m \x1b(B\x1b[mplain": "red plain",
    "\x1b]0;~/chat\x07$ ls\x1b[K\x1b[?2004l": "$ ls",
    "\x1b]8;;https://example.org\x1b\\a link\x1b]8;;\x1b\\": "a link",
    "\x1b[200~bracketed\x1b[201~": "bracketed",
    "\x9b1mbold\x9b0m": "bold",
    "N\bNA\bAM\bME\bE  _\bl_\bs": "NAME  ls",  # man ls | cat
    "\x1b]0;never closed": "0;never closed",
    "done\x1b[": "done",
    "10%\r100%": "10%\n100%",
    "a\x00b": "ab",
    "caf\x82": "caf",
    "one\x07\x7f\x9ftwo\x1c": "onetwo",
    "\x00 one": "one",
}


@pytest.mark.parametrize("pasted", PASTED)
def test_pasted_control_characters_are_left_out(pasted: str) -> None:
    assert message(pasted) == PASTED[pasted]
    assert title(pasted) == " ".join(PASTED[pasted].split())


def test_control_characters_alone_are_nothing() -> None:
    with pytest.raises(ServiceError, match="The message is empty"):
        message("\x1b[0m\x00\x07\x0b")
    assert title("\x00", required=False) == ""


def test_half_a_character_is_refused_by_code_point() -> None:
    with pytest.raises(ServiceError, match=r"hidden character \(U\+D83D\)"):
        message("one\ud83dtwo")


@pytest.mark.parametrize(
    "begun", ["\x1b]", "\x1b]a", "\x1b[", "\x1b[0", "\x9b", "\x1bP", "\b", "a\b"]
)
def test_sequences_for_the_terminal_without_an_end_take_no_time(begun: str) -> None:
    began = time.process_time()
    with suppress(ServiceError):
        message(begun * (MESSAGE_LIMIT * 4 // len(begun)))
    assert time.process_time() - began < 0.25


@pytest.mark.parametrize("around", [" ", "\u00a0", "\t\r\n", "\u200b", "\ufeff", "\u200e \u2060"])
def test_what_is_not_seen_around_a_text_is_trimmed(around: str) -> None:
    assert trim(f"{around}a{around}b{around}") == f"a{around}b"
    assert trim(around) == ""


def test_trimming_takes_no_time() -> None:
    began = time.process_time()
    trim(("\u200b" * 50_000 + "a") * 20)
    assert time.process_time() - began < 0.25


@pytest.mark.parametrize(
    "blank", ["", "  \n\t ", "\u200b", "\u3164", "\u2800\u2800", "\ufeff \u2060", "\ufe0f\u200d"]
)
def test_invisible_text_is_empty(blank: str) -> None:
    with pytest.raises(ServiceError, match="The message is empty"):
        message(blank)
    assert title(blank, required=False) == ""


def test_line_ends_become_newlines_or_spaces() -> None:
    assert message("a\r\nb\rc\u2028d\u0085e\n\tf") == "a\nb\nc\nd\ne\n\tf"
    assert title("Maths\r\n\tclub \u00a0 7") == "Maths club 7"


def test_length_counts_after_nfc_and_the_error_says_by_how_much_it_is_exceeded() -> None:
    assert len(message("e\u0301" * MESSAGE_LIMIT)) == MESSAGE_LIMIT
    assert message(" " * 50_000 + "a" * MESSAGE_LIMIT) == "a" * MESSAGE_LIMIT
    with pytest.raises(ServiceError, match=r"is 1 character too long\. Shorten it to 4,000"):
        message("a" * (MESSAGE_LIMIT + 1))
    with pytest.raises(ServiceError, match="is 5,996,000 characters too long"):
        message("\u0301" * 6_000_000)


def test_piles_of_accents_are_refused_but_no_language_is() -> None:
    with pytest.raises(ServiceError, match="too many accents"):
        message("z" + "\u0335" * 31)
    with pytest.raises(ServiceError, match="too many accents"):
        title("z" + "\u0335" * 5)
    # Hindi, Vietnamese, Burmese, Tibetan, Thai, Hebrew with points, Persian, a family
    for word in [
        "सब्ज़ियाँ",
        "Nguyễn Thị Ngọc Ánh",
        "လျှော့",
        "བསྒྲུབས",
        "น้ำเชื่อม",
        "שָׁלוֹם",
        "می‌خواهم",
        "👩‍👩‍👧‍👦",
    ]:
        assert title(word) == message(word) == unicodedata.normalize("NFC", word)


@pytest.mark.parametrize("control", "\u202a\u202e\u2066\u2069\u200e\u200f\u061c")
def test_direction_controls_may_be_in_a_message_but_not_in_a_name(control: str) -> None:
    assert message(f"exe{control}gpj") == f"exe{control}gpj"
    with pytest.raises(ServiceError, match="hidden character"):
        title(f"exe{control}gpj")
